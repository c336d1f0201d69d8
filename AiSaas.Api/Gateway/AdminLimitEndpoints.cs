using AiSaas.Contracts.Gateway;
using AiSaas.Core.Gateway.Limits;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace AiSaas.Api.Gateway;

/// <summary>The limits that hold for the workspace.</summary>
internal static class AdminLimitEndpoints
{
    public static void MapLimits(this RouteGroupBuilder admin) => admin.MapGet("/limits", Read);

    private static Ok<GatewayLimits> Read(IOptions<LimitOptions> options, TenantLimits limits)
    {
        var set = options.Value;
        (string Scope, string Unit, int? PerMinute)[] all =
        [
            ("tenant", "requests", set.TenantRequestsPerMinute ?? limits.Of("").RequestsPerMinute), ("tenant", "tokens", set.TenantTokensPerMinute),
            ("key", "requests", set.KeyRequestsPerMinute), ("key", "tokens", set.KeyTokensPerMinute),
            ("user", "requests", set.UserRequestsPerMinute), ("user", "tokens", set.UserTokensPerMinute),
        ];
        return TypedResults.Ok(new GatewayLimits([.. all
            .Where(limit => limit.PerMinute is not null)
            .Select(limit => new GatewayLimit(limit.Scope, limit.Unit, limit.PerMinute!.Value))]));
    }
}
