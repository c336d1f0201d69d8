using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Sources;

/// <summary>How documents are fetched from the web. Section <c>Sources</c>; api and workers alike.</summary>
public sealed class SourcesOptions
{
    public const string Section = "Sources";

    /// <summary>How many links from the start a crawl may go.</summary>
    [Range(0, 20)]
    public int MaxDepth { get; init; } = 5;

    /// <summary>Pages of one source.</summary>
    [Range(1, 100_000)]
    public int MaxPages { get; init; } = 2000;

    /// <summary>Pages of a crawl that names no number.</summary>
    [Range(1, 100_000)]
    public int DefaultPages { get; init; } = 100;

    /// <summary>Sources of a workspace.</summary>
    [Range(1, 100_000)]
    public int MaxSources { get; init; } = 1000;

    /// <summary>Between two requests to one host, whoever's they are.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What a site's robots.txt may ask for between two requests; more is taken as this.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan MaxCrawlDelay { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>One request with its redirects and its body.</summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:30:00")]
    public TimeSpan Deadline { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a page is asked in one walk where it fails for reasons that may pass.</summary>
    [Range(1, 20)]
    public int Tries { get; init; } = 4;

    /// <summary>Before the second try; doubles with each one.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan RetryPause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longer than this no server is waited for within a walk (<c>Retry-After</c>).</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxRetryAfter { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long one job fetches before others have their turn.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan Turn { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How much of a page is looked through for links.</summary>
    [Range(1024, 64 << 20)]
    public int MaxLinkBytes { get; init; } = 4 << 20;
}
