using AiSaas.Llm.Models;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Jobs;

/// <summary>Which lane a job that calls a model belongs to: its first target's provider, where that is limited.</summary>
/// <remarks>Fallbacks go where they must: a lane spreads load, the gateway's own limits hold in any case.</remarks>
public sealed class JobLanes(ModelCatalog models, IOptions<JobLimits> limits)
{
    /// <param name="model">Null: the default.</param>
    /// <returns>Null where nothing is limited.</returns>
    public string? Of(string? model) =>
        limits.Value.Lanes.Count > 0
        && models.ProviderOf(model ?? models.DefaultModel) is { } provider
        && $"provider:{provider.ToLowerInvariant()}" is var lane
        && limits.Value.HasLane(lane)
            ? lane
            : null;
}
