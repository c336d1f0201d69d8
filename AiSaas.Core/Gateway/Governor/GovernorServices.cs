using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Core.Gateway.Governor;

public static class GovernorServices
{
    /// <summary>Limits, budgets, prices and the ledger. Needs persistence and Redis.</summary>
    public static IHostApplicationBuilder AddGovernor(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton(_ => new CallGovernor());
        return builder;
    }
}
