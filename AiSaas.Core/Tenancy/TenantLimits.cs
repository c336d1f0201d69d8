using AiSaas.Contracts.Identity;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Tenancy;

/// <summary>Section <c>Limits</c>: what a workspace may use, the same for every plan until plans differ.</summary>
public sealed class TenantLimitsOptions
{
    public const string Section = "Limits";

    /// <summary>The largest original that an upload may bring, in bytes.</summary>
    [System.ComponentModel.DataAnnotations.Range(1, 10L << 30)]
    public long MaxUploadBytes { get; init; } = 1L << 30;

    [System.ComponentModel.DataAnnotations.Range(1, 10_000_000)]
    public int MaxDocuments { get; init; } = 100_000;

    [System.ComponentModel.DataAnnotations.Range(1, 10_000_000)]
    public int RequestsPerMinute { get; init; } = 60_000;
}

public sealed class TenantLimits(IOptions<TenantLimitsOptions> options)
{
    /// <param name="plan">The workspace's plan; every plan has the configured limits today.</param>
    public Limits Of(string plan)
    {
        _ = plan;
        var limits = options.Value;
        return new(limits.MaxUploadBytes, limits.MaxDocuments, limits.RequestsPerMinute);
    }
}
