using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Uploads;

/// <summary>An upload that comes in pieces.</summary>
[JsonConverter(typeof(IdJsonConverter<UploadId>))]
public readonly record struct UploadId(Guid Value) : IId<UploadId>
{
    public static UploadId New() => new(Guid.CreateVersion7());

    public static UploadId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out UploadId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
