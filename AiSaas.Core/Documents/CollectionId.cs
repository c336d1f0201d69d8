using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>A collection of documents.</summary>
[JsonConverter(typeof(IdJsonConverter<CollectionId>))]
public readonly record struct CollectionId(Guid Value) : IId<CollectionId>
{
    public static CollectionId New() => new(Guid.CreateVersion7());

    public static CollectionId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out CollectionId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
