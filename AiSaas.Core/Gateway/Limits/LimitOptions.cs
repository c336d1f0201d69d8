using System.ComponentModel.DataAnnotations;

namespace AiSaas.Core.Gateway.Limits;

/// <summary>Section <c>Gateway:Limits</c>: what may go through the gateway each minute. Unset means no limit, but for the workspace's.</summary>
public sealed class LimitOptions
{
    public const string Section = "Gateway:Limits";

    /// <summary>Unset means <c>Limits:RequestsPerMinute</c>.</summary>
    [Range(1, int.MaxValue)]
    public int? TenantRequestsPerMinute { get; init; }

    /// <summary>High enough to bother nobody, there so that clients see what is left.</summary>
    [Range(1, int.MaxValue)]
    public int? TenantTokensPerMinute { get; init; } = 50_000_000;

    [Range(1, int.MaxValue)]
    public int? KeyRequestsPerMinute { get; init; }

    [Range(1, int.MaxValue)]
    public int? KeyTokensPerMinute { get; init; }

    [Range(1, int.MaxValue)]
    public int? UserRequestsPerMinute { get; init; }

    [Range(1, int.MaxValue)]
    public int? UserTokensPerMinute { get; init; }
}
