using System.Text.Json;
using System.Text.Json.Serialization;
using AiSaas.Contracts.Quality;
using AiSaas.Contracts.Retrieval;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Retrieval.Records;

/// <summary>A search as <c>app.record_queries</c> takes it: the question, how it was searched, and where the hits stand, without their words.</summary>
internal sealed record QueryRecord(
    Guid Id, Guid Tenant, string Source, Guid User, Guid? Conversation, string Question, IReadOnlyList<string> Phrasings,
    IReadOnlyList<Guid> Collections, IReadOnlyList<Guid> Documents, IReadOnlyList<string> ContentTypes, RetrievalSettings Settings,
    string? Space, string? Degraded, string? Rerank, int Found, SearchTimings Timings, double TotalMs, DateTimeOffset At,
    IReadOnlyList<RecordedHit> Hits)
{
    /// <summary>More hits than anybody looks through.</summary>
    public const int MostHits = 20;

    /// <summary>Of each kind of filter; what is longer tells nothing more.</summary>
    public const int MostFilterValues = 50;

    public static QueryRecord Of(TenantId tenant, QueryOrigin origin, RetrievalQuery query, RetrievalResult result, DateTimeOffset at) => new(
        origin.Id.Value, tenant.Value, origin.Source, origin.User.Value, origin.Conversation?.Value, QuestionText.Clean(query.Text),
        result.Plan is { IsRewritten: true } plan ? plan.Phrasings : [],
        [.. (query.Collections ?? []).Take(MostFilterValues).Select(id => id.Value)],
        [.. (query.Documents ?? []).Take(MostFilterValues).Select(id => id.Value)],
        [.. (query.ContentTypes ?? []).Take(MostFilterValues)],
        new RetrievalSettings(query.Weight, query.Limit, query.Floor > 0 ? query.Floor : null, query.Reranks ? null : false),
        result.Space, result.Degraded, result.Rerank is { Ranked: > 0 } ranked ? $"{ranked.Provider}/{ranked.Model}" : null, result.Passages.Count,
        result.Shown(), result.Timings.TotalMs, at,
        [.. result.Passages.Take(MostHits).Select((passage, index) => new RecordedHit(
            index + 1, passage.FusedRank, passage.DocumentId.Value, passage.ChunkId.Value, passage.Page, passage.Start, passage.End,
            passage.Score, passage.Lexical, passage.Vector, passage.Proximity, passage.Coverage, passage.Relevance, passage.Reranked))]);
}

internal sealed record RecordedHit(
    int Rank, int FusedRank, Guid Document, Guid Chunk, int Page, int Start, int End, double Score, double? Lexical, double? Vector,
    double Proximity, double Coverage, double Relevance, double? Reranked);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IReadOnlyList<QueryRecord>))]
internal sealed partial class QueryRecordJson : JsonSerializerContext;
