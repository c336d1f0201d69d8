using System.Text.RegularExpressions;

namespace AiSaas.Core.Jobs.Schedules;

/// <summary>Time zones by their IANA names, such as <c>Europe/Berlin</c>.</summary>
internal static partial class TimeZones
{
    /// <returns>Null for what is none.</returns>
    public static TimeZoneInfo? Find(string name) =>
        // Names are looked up as files: nothing may climb.
        Name().IsMatch(name) && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId ? zone : null;

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$")]
    private static partial Regex Name();
}
