using System.Collections.Concurrent;
using AiSaas.Core.Gateway.Limits;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Prices;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>The workspaces whose calls this process has seen lately.</summary>
/// <remarks>A policy is read again every few seconds while calls go by the last one; where it is known to have changed, calls wait for the new.</remarks>
internal sealed partial class TenantAccounts(
    BudgetStore store, PriceTable prices, LimitOptions limits, TenantLimits tenantLimits, BudgetOptions options, RedisClient redis,
    TimeProvider clock, ILogger<TenantAccounts> logger)
{
    private static readonly TimeSpan ReadingDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<TenantId, TenantAccount> _accounts = new();

    public IEnumerable<TenantAccount> All => _accounts.Values;

    public TenantAccount? Find(TenantId tenant) => _accounts.GetValueOrDefault(tenant);

    /// <returns>Null when nothing is known of the workspace's policy and Postgres is away.</returns>
    public ValueTask<TenantAccount?> OfAsync(TenantId tenant)
    {
        long now = clock.GetTimestamp();
        TenantAccount account;
        do
        {
            account = _accounts.GetOrAdd(tenant, New);
            account.LastUsed = now;
        }
        while (account.IsDropped);

        if (account.Policy is null || account.IsPolicyStale)
        {
            return WaitAsync(account);
        }

        if (clock.GetElapsedTime(account.PolicyReadAt, now) > TimeSpan.FromSeconds(options.PolicySeconds))
        {
            account.PolicyReadAt = now;
            Read(account);
        }

        return ValueTask.FromResult<TenantAccount?>(account);
    }

    /// <summary>The workspace's budgets or prices were changed, here: every replica reads them again.</summary>
    public void Changed(TenantId tenant)
    {
        Forget(tenant);
        redis.Publish(GovernorKeys.Channel, $"policy {tenant}");
    }

    public void Forget(TenantId tenant)
    {
        if (Find(tenant) is { } account)
        {
            lock (account.Gate)
            {
                (account.IsPolicyStale, account.Reading) = (true, null);
            }
        }
    }

    /// <summary>Drops those that nobody has called for a while.</summary>
    public void Tidy()
    {
        foreach (var (tenant, account) in _accounts)
        {
            account.Tidy(clock.GetUtcNow());
            if (IsIdle(account) && account.Lines.All(line => line.Held == 0 && line.ToFree == 0))
            {
                // Whoever found it a moment ago sees that it is dropped and takes a new one; whoever came before that is seen here.
                account.IsDropped = true;
                _accounts.TryRemove(tenant, out _);
                if (!IsIdle(account) && _accounts.TryAdd(tenant, account))
                {
                    account.IsDropped = false;
                }
            }
        }
    }

    private bool IsIdle(TenantAccount account) => clock.GetElapsedTime(account.LastUsed) > Kept;

    private TenantAccount New(TenantId tenant) => new(tenant, limits, tenantLimits);

    private async ValueTask<TenantAccount?> WaitAsync(TenantAccount account)
    {
        await Read(account);
        return account.Policy is null ? null : account;
    }

    private Task Read(TenantAccount account)
    {
        lock (account.Gate)
        {
            return account.Reading ??= Task.Run(() => ReadAsync(account));
        }
    }

    private async Task ReadAsync(TenantAccount account)
    {
        Task? mine;
        long number;
        lock (account.Gate)
        {
            // From here on a change is one after this reading.
            mine = account.Reading;
            number = ++account.Readings;
            account.IsPolicyStale = false;
        }

        try
        {
            using CancellationTokenSource deadline = new(ReadingDeadline, clock);
            var policy = await store.PolicyAsync(account.Tenant, prices, account.Policy, deadline.Token);
            lock (account.Gate)
            {
                // A reading that began later knows better.
                if (number > account.NewestReading)
                {
                    account.NewestReading = number;
                    account.PolicyReadAt = clock.GetTimestamp();
                    account.Policy = policy;
                }
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or OperationCanceledException or TimeoutException or System.Net.Sockets.SocketException)
        {
            // The last known policy goes on; a workspace without one is refused.
            Log.PolicyUnread(logger, account.Tenant, failure.Message);
        }
        finally
        {
            lock (account.Gate)
            {
                if (account.Reading == mine)
                {
                    account.Reading = null;
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The budgets of {Tenant} could not be read: {Reason}")]
        public static partial void PolicyUnread(ILogger logger, TenantId tenant, string reason);
    }
}
