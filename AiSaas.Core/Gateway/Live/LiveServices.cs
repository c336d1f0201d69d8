using AiSaas.Core.Gateway.Ledger;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Gateway.Live;

public static class LiveServices
{
    /// <summary>The gateway's live counters, their rates, resets, and who may see them. Needs Redis, the model library and the governor.</summary>
    public static IServiceCollection AddLiveCounters(this IServiceCollection services)
    {
        services.AddOptions<OperatorOptions>().BindConfiguration(OperatorOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OperatorOptions>, OperatorOptionsValidator>());
        services.TryAddSingleton<Operators>();
        services.TryAddSingleton<LiveCounters>();
        services.TryAddSingleton<LiveRates>();
        services.AddHostedService(provider => provider.GetRequiredService<LiveRates>());
        services.AddSingleton<ILiveGauge>(provider => new LiveGauge("ledgerWaiting", () => provider.GetRequiredService<LedgerWriter>().Waiting));
        services.AddSingleton<ILiveGauge>(provider => new LiveGauge("journalSegments", () => provider.GetRequiredService<CallJournal>().Segments));
        services.TryAddSingleton<ProviderResets>();
        services.AddHostedService(provider => provider.GetRequiredService<ProviderResets>());
        return services;
    }
}
