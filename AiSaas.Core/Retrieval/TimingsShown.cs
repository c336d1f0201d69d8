using AiSaas.Contracts.Retrieval;

namespace AiSaas.Core.Retrieval;

public static class TimingsShown
{
    /// <summary>As the api shows them.</summary>
    public static SearchTimings Shown(this RetrievalTimings timings)
    {
        ArgumentNullException.ThrowIfNull(timings);
        return new(timings.EmbedMs, timings.LexicalMs, timings.VectorMs, timings.FusionMs, timings.TotalMs);
    }
}
