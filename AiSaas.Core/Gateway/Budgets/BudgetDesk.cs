using AiSaas.Contracts.Usage;
using AiSaas.Core.Chat;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Budgets as admins set and see them.</summary>
public sealed class BudgetDesk
{
    private readonly BudgetStore _store;
    private readonly TenantAccounts _accounts;
    private readonly RedisClient _redis;
    private readonly TimeProvider _clock;

    internal BudgetDesk(BudgetStore store, TenantAccounts accounts, RedisClient redis, TimeProvider clock) =>
        (_store, _accounts, _redis, _clock) = (store, accounts, redis, clock);

    /// <returns>Null when the workspace has as many as it may.</returns>
    public async Task<BudgetInfo?> PutAsync(
        TenantId tenant, BudgetScope scope, string subject, BudgetPeriod period, long limitNanos, BudgetAction action, CancellationToken cancellation)
    {
        if (await _store.PutAsync(tenant, scope, subject, period, limitNanos, action, cancellation) is not { } budget)
        {
            return null;
        }

        _accounts.Changed(tenant);
        return await InfoAsync(tenant, budget, cancellation);
    }

    /// <returns>False when the workspace has no such budget.</returns>
    public async Task<bool> DeleteAsync(TenantId tenant, BudgetId budget, CancellationToken cancellation)
    {
        bool deleted = await _store.DeleteAsync(tenant, budget, cancellation);
        _accounts.Changed(tenant);
        return deleted;
    }

    public async Task<IReadOnlyList<BudgetInfo>> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        List<BudgetInfo> infos = [];
        foreach (var budget in await _store.ListAsync(tenant, cancellation))
        {
            infos.Add(await InfoAsync(tenant, budget, cancellation));
        }

        return infos;
    }

    private async Task<BudgetInfo> InfoAsync(TenantId tenant, Budget budget, CancellationToken cancellation)
    {
        var window = BudgetWindow.Of(budget.Period, _clock.GetUtcNow());
        long spent = (await _store.SpentAsync(tenant, budget.Scope, budget.Subject, window, cancellation)).Nanos;
        long reserved = await ReservedAsync(GovernorKeys.Counter(tenant, budget.Scope, budget.Subject, budget.Period, window), cancellation);
        long left = budget.LimitNanos - spent - reserved;
        string state = left <= 0 ? "spent" : left < budget.LimitNanos / 10 ? "low" : "ok";
        return new(
            budget.Id.Value, budget.Scope == BudgetScope.Tenant ? "tenant" : $"{budget.Scope.Name()}:{budget.Subject}",
            MessageReader.Dollars(budget.LimitNanos), budget.Period.Name(), budget.Action.Name(), MessageReader.Dollars(spent),
            MessageReader.Dollars(reserved), MessageReader.Dollars(left), state, window.Start, window.End, budget.UpdatedAt);
    }

    // Nobody holds anything of a budget that only warns; without Redis nobody can tell.
    private async Task<long> ReservedAsync(string counter, CancellationToken cancellation)
    {
        try
        {
            var held = await _redis.CallAsync("HGET", database => database.HashGetAsync(counter, "R"), cancellation);
            return held.TryParse(out long nanos) ? nanos : 0;
        }
        catch (RedisUnavailableException)
        {
            return 0;
        }
    }
}
