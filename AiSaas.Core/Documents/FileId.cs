using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Documents;

/// <summary>A stored original.</summary>
[JsonConverter(typeof(IdJsonConverter<FileId>))]
public readonly record struct FileId(Guid Value) : IId<FileId>
{
    public static FileId New() => new(Guid.CreateVersion7());

    public static FileId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out FileId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
