using System.Text.Json.Serialization;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>A job that comes again by the calendar.</summary>
[JsonConverter(typeof(IdJsonConverter<ScheduleId>))]
public readonly record struct ScheduleId(Guid Value) : IId<ScheduleId>
{
    public static ScheduleId New() => new(Guid.CreateVersion7());

    public static ScheduleId From(Guid value) => new(value);

    public static bool TryParse(string? text, IFormatProvider? provider, out ScheduleId id) => Id.TryParse(text, out id);

    public override string ToString() => Id.Text(Value);
}
