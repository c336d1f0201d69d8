using AiSaas.Contracts.Retrieval;

namespace AiSaas.Core.Retrieval;

public static class TimingsShown
{
    /// <summary>Where the time went and what took part, as the api shows it.</summary>
    public static SearchTimings Shown(this RetrievalResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var timings = result.Timings;
        return new(timings.EmbedMs, timings.LexicalMs, timings.VectorMs, timings.FusionMs, timings.TotalMs)
        {
            PlanMs = timings.PlanMs,
            RerankMs = timings.RerankMs,
            Spaces = result.Spaces,
            Phrasings = result.Plan is { IsRewritten: true } plan ? plan.Phrasings : null,
            Reranker = result.Rerank is { Ranked: > 0 } ranked ? $"{ranked.Provider}/{ranked.Model}" : null,
            Notices = [.. new[] { result.Degraded, result.Plan?.Notice, result.Rerank?.Notice }.OfType<string>()],
        };
    }
}
