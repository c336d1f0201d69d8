using System.ComponentModel.DataAnnotations;

namespace AiSaas.Llm.Models;

/// <summary>The section <c>Gateway:Cache</c>: which answers may be given again.</summary>
public sealed class CacheOptions
{
    /// <summary>The same request again: <c>off</c>, <c>deterministic</c> (only where temperature is 0 or a seed is given) or <c>on</c>.</summary>
    public string Exact { get; set; } = "deterministic";

    /// <summary>A request that means the same: <c>off</c> or <c>on</c>.</summary>
    public string Semantic { get; set; } = "off";

    /// <summary>How long an answer may be given again.</summary>
    [Range(1.0, 2_592_000.0)]
    public double TtlSeconds { get; set; } = 3600;

    /// <summary>How alike two questions must be, as the cosine of their vectors.</summary>
    [Range(0.5, 1)]
    public double SimilarityThreshold { get; set; } = 0.95;

    /// <summary>Other modes for single features (<c>chat</c>, <c>gateway</c>, or what <c>x-aisaas-feature</c> says).</summary>
    public Dictionary<string, FeatureCacheOptions> Features { get; } = new(StringComparer.OrdinalIgnoreCase);

    public ExactCache ExactFor(string feature) =>
        CacheModes.Exact(Features.TryGetValue(feature, out var own) && own.Exact is { } mode ? mode : Exact) ?? ExactCache.Off;

    public bool SemanticFor(string feature) =>
        CacheModes.Semantic(Features.TryGetValue(feature, out var own) && own.Semantic is { } mode ? mode : Semantic) ?? false;
}

/// <summary>Unset means as for everything else.</summary>
public sealed class FeatureCacheOptions
{
    public string? Exact { get; set; }

    public string? Semantic { get; set; }
}

/// <summary>Which requests the exact cache is for.</summary>
public enum ExactCache
{
    Off,

    /// <summary>Those that ask for the likeliest answer, or name a seed.</summary>
    Deterministic,

    On,
}

internal static class CacheModes
{
    public const string ExactNames = "off, deterministic, on";

    public const string SemanticNames = "off, on";

    /// <summary>Null if it is no mode's name. <c>true</c> and <c>false</c> are what some files make of on and off.</summary>
    public static ExactCache? Exact(string mode) => mode.ToLowerInvariant() switch
    {
        "off" or "false" => ExactCache.Off,
        "deterministic" => ExactCache.Deterministic,
        "on" or "true" => ExactCache.On,
        _ => null,
    };

    /// <summary>Null if it is no mode's name.</summary>
    public static bool? Semantic(string mode) => mode.ToLowerInvariant() switch
    {
        "off" or "false" => false,
        "on" or "true" => true,
        _ => null,
    };
}
