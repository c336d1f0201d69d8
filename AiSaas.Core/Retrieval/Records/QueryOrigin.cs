using System.Text.Json.Serialization;
using AiSaas.Core.Chat;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Retrieval.Records;

/// <summary>Who searches, and what for.</summary>
/// <param name="Source">One of <see cref="QuerySources"/>.</param>
/// <param name="Conversation">The record goes with it.</param>
public sealed record QueryOrigin(string Source, UserId User, ConversationId? Conversation = null)
{
    public QueryRecordId Id { get; init; } = QueryRecordId.New();

    /// <summary>The answer that is searched for; calls of models are filed under it.</summary>
    public RunId? Run { get; init; }
}

/// <summary>What searches are made for. The table's check constraint lists the same names.</summary>
public static class QuerySources
{
    public const string Search = "search";
    public const string Answer = "answer";
    public const string Lab = "lab";

    public static readonly IReadOnlyList<string> All = [Search, Answer, Lab];
}

/// <summary>The record of a search.</summary>
[JsonConverter(typeof(IdJsonConverter<QueryRecordId>))]
public readonly record struct QueryRecordId(Guid Value) : IId<QueryRecordId>
{
    public static QueryRecordId New() => new(Guid.CreateVersion7());

    public static QueryRecordId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out QueryRecordId id) => Tenancy.Id.TryParse(text, out id);

    public override string ToString() => Tenancy.Id.Text(Value);
}
