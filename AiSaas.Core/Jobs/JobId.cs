using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Jobs;

/// <summary>A queued piece of work.</summary>
[JsonConverter(typeof(IdJsonConverter<JobId>))]
public readonly record struct JobId(Guid Value) : IId<JobId>
{
    public static JobId New() => new(Guid.CreateVersion7());

    public static JobId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out JobId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
