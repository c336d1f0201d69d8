using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Batches;

/// <summary>A file of <c>/v1/files</c>.</summary>
[JsonConverter(typeof(IdJsonConverter<BatchFileId>))]
public readonly record struct BatchFileId(Guid Value) : IId<BatchFileId>
{
    public static BatchFileId New() => new(Guid.CreateVersion7());

    public static BatchFileId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out BatchFileId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
