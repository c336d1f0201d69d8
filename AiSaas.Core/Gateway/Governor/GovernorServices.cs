using System.Security.Cryptography;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Gateway.Ledger;
using AiSaas.Core.Gateway.Limits;
using AiSaas.Core.Gateway.Prices;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Core.Usage;
using AiSaas.Llm.Prices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Core.Gateway.Governor;

public static class GovernorServices
{
    /// <summary>Limits, budgets, prices and the ledger. Needs persistence, Redis and tenancy.</summary>
    public static IHostApplicationBuilder AddGovernor(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<LedgerOptions>().BindConfiguration(LedgerOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<BudgetOptions>().BindConfiguration(BudgetOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<LimitOptions>().BindConfiguration(LimitOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<BudgetStore>();
        services.AddPrices(builder.Configuration);
        services.AddLedger();
        services.AddBudgets();

        services.TryAddSingleton<CallFiling>();
        services.TryAddSingleton<LocalAdmission>();
        services.TryAddSingleton<Advances>();
        services.TryAddSingleton<GovernedModels>();
        services.TryAddSingleton<GovernedEmbedder>();
        // A factory, since it is public with parts that are not.
        services.TryAddSingleton(provider => new CallGovernor(
            provider.GetRequiredService<TenantAccounts>(), provider.GetRequiredService<BudgetCounters>(),
            provider.GetRequiredService<BudgetSettler>(), provider.GetRequiredService<RedisPresence>(),
            provider.GetRequiredService<LocalAdmission>(), provider.GetRequiredService<Advances>(), provider.GetRequiredService<CallFiling>(),
            Value<BudgetOptions>(provider), provider.GetRequiredService<TimeProvider>()));

        // They stop in reverse: first what was granted ahead is given back and no more journals are adopted, then the last rows are
        // written, then the budgets hear of all that.
        services.AddHostedService<GovernorUpkeep>();
        services.AddHostedService(provider => provider.GetRequiredService<BudgetSettler>());
        services.AddHostedService(provider => provider.GetRequiredService<LedgerWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<JournalAdopter>());
        services.AddHostedService<AdvanceReturns>();
        return builder;
    }

    private static void AddLedger(this IServiceCollection services)
    {
        services.TryAddSingleton<LedgerStore>();
        services.TryAddSingleton<CallReader>();
        services.TryAddSingleton<UsageReports>();
        services.TryAddSingleton(provider => JournalRoot.Of(
            Value<LedgerOptions>(provider), provider.GetRequiredService<IConfiguration>(), provider.GetRequiredService<NpgsqlDataSource>()));
        services.TryAddSingleton(provider => new CallJournal(
            JournalFolder.Create(provider.GetRequiredService<JournalRoot>().Path, RandomNumberGenerator.GetHexString(16, lowercase: true)),
            Value<LedgerOptions>(provider), provider.GetRequiredService<ILogger<CallJournal>>()));
        services.TryAddSingleton(provider => new LedgerWriter(
            provider.GetRequiredService<LedgerStore>(), provider.GetRequiredService<BudgetSettler>(),
            provider.GetRequiredService<CallJournal>(), Value<LedgerOptions>(provider), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<LedgerWriter>>()));
        services.TryAddSingleton(provider => new JournalAdopter(
            provider.GetRequiredService<JournalRoot>().Path, provider.GetRequiredService<LedgerStore>(),
            provider.GetRequiredService<TenantAccounts>(), provider.GetRequiredService<BudgetCounters>(), Value<LedgerOptions>(provider),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<JournalAdopter>>()));
    }

    private static void AddBudgets(this IServiceCollection services)
    {
        services.TryAddSingleton<RedisPresence>();
        services.TryAddSingleton(provider => new TenantAccounts(
            provider.GetRequiredService<BudgetStore>(), provider.GetRequiredService<PriceTable>(), Value<LimitOptions>(provider),
            provider.GetRequiredService<TenantLimits>(), Value<BudgetOptions>(provider), provider.GetRequiredService<RedisClient>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<TenantAccounts>>()));
        services.TryAddSingleton(provider => new BudgetCounters(
            provider.GetRequiredService<RedisPresence>(), provider.GetRequiredService<BudgetStore>(),
            provider.GetRequiredService<CallJournal>().Process, Value<BudgetOptions>(provider), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<BudgetCounters>>()));
        services.TryAddSingleton<BudgetSettler>();
        services.TryAddSingleton<PriceOverrides>();
        services.TryAddSingleton(provider => new BudgetDesk(
            provider.GetRequiredService<BudgetStore>(), provider.GetRequiredService<TenantAccounts>(),
            provider.GetRequiredService<RedisClient>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => new PriceDesk(
            provider.GetRequiredService<PriceOverrides>(), provider.GetRequiredService<PriceTable>(), provider.GetRequiredService<TenantAccounts>()));
    }

    private static T Value<T>(IServiceProvider provider)
        where T : class =>
        provider.GetRequiredService<IOptions<T>>().Value;
}
