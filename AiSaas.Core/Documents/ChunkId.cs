using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>A passage of a document, the unit of retrieval.</summary>
[JsonConverter(typeof(IdJsonConverter<ChunkId>))]
public readonly record struct ChunkId(Guid Value) : IId<ChunkId>
{
    public static ChunkId New() => new(Guid.CreateVersion7());

    public static ChunkId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out ChunkId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
