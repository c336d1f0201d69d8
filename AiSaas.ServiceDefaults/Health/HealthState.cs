using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiSaas.ServiceDefaults.Health;

/// <summary>The body of <c>/health</c>. States are <c>healthy</c>, <c>degraded</c> and <c>unhealthy</c>.</summary>
internal sealed record HealthState(string Status, IReadOnlyDictionary<string, DependencyState>? Dependencies)
{
    public static HealthState From(HealthReport report) => new(
        Name(report.Status),
        report.Entries.ToDictionary(
            entry => entry.Key,
            entry => new DependencyState(
                Name(entry.Value.Status),
                Math.Round(entry.Value.Duration.TotalMilliseconds, 1),
                // With an exception the description is its message, which may name hosts and users: that stays in the log.
                entry.Value.Exception is null ? entry.Value.Description : null)));

    private static string Name(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}

/// <param name="Status">As in <see cref="HealthState"/>.</param>
/// <param name="Milliseconds">What the check took.</param>
/// <param name="Detail">In words, where the check says something.</param>
internal sealed record DependencyState(string Status, double Milliseconds, string? Detail);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthState))]
internal sealed partial class HealthJson : JsonSerializerContext;
