namespace AiSaas.Llm.Models;

internal static class CacheFaults
{
    public static IEnumerable<string> Of(CacheOptions cache) =>
    [
        .. Modes("Gateway:Cache", cache.Exact, cache.Semantic),
        .. cache.Features.SelectMany(entry => Modes($"Gateway:Cache:Features:{entry.Key}", entry.Value.Exact, entry.Value.Semantic)),
    ];

    private static IEnumerable<string> Modes(string path, string? exact, string? semantic)
    {
        if (exact is not null && CacheModes.Exact(exact) is null)
        {
            yield return $"{path}:Exact is '{exact}'; it must be one of {CacheModes.ExactNames}.";
        }

        if (semantic is not null && CacheModes.Semantic(semantic) is null)
        {
            yield return $"{path}:Semantic is '{semantic}'; it must be one of {CacheModes.SemanticNames}.";
        }
    }
}
