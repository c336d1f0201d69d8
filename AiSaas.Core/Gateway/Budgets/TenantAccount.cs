using System.Collections.Concurrent;
using AiSaas.Core.Gateway.Limits;
using AiSaas.Core.Tenancy;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>One workspace as this process's governor knows it: its policy, its budgets' lines, what it learned.</summary>
internal sealed class TenantAccount(TenantId tenant, LimitOptions limits, TenantLimits tenantLimits)
{
    /// <summary>End users are the caller's own and without number: beyond this the plans are made anew.</summary>
    private const int MostPlans = 10_000;

    private readonly ConcurrentDictionary<CallerKey, CallerPlan> _plans = new();
    private readonly Dictionary<string, BudgetLine> _lines = new(StringComparer.Ordinal);
    private volatile TenantPolicy? _policy;
    private volatile bool _isDropped;
    private long _lastUsed;

    public TenantId Tenant => tenant;

    /// <summary>Guards the lines and <see cref="Local"/>. Held for moments, never across a wait.</summary>
    public Lock Gate { get; } = new();

    public LearnedUse Learned { get; } = new();

    public LocalLimiter Local { get; } = new();

    /// <summary>Null until it was read once.</summary>
    public TenantPolicy? Policy
    {
        get => _policy;
        set
        {
            if (_policy != value)
            {
                _policy = value;
                _plans.Clear();
            }
        }
    }

    /// <summary>Timestamps.</summary>
    public long PolicyReadAt { get; set; }

    public long LastUsed
    {
        get => Volatile.Read(ref _lastUsed);
        set => Interlocked.Exchange(ref _lastUsed, value);
    }

    /// <summary>No longer the workspace's account: nobody used it for a while.</summary>
    public bool IsDropped
    {
        get => _isDropped;
        set => _isDropped = value;
    }

    /// <summary>Whether the policy is known to have changed since it was read.</summary>
    public bool IsPolicyStale { get; set; }

    public Task? Reading { get; set; }

    /// <summary>How many readings of the policy have begun, and which of them the policy is from.</summary>
    public long Readings { get; set; }

    public long NewestReading { get; set; }

    public BudgetLine[] Lines
    {
        get
        {
            lock (Gate)
            {
                return [.. _lines.Values];
            }
        }
    }

    public CallerPlan PlanOf(CallerKey caller, DateTimeOffset at)
    {
        var policy = Policy!;
        if (_plans.TryGetValue(caller, out var plan) && plan.Policy == policy && at < plan.Until)
        {
            return plan;
        }

        plan = Plan(policy, caller, at);
        if (_plans.Count >= MostPlans)
        {
            _plans.Clear();
        }

        _plans[caller] = plan;
        return plan;
    }

    /// <summary>The plan for a moment of the past: calls are settled in the window that they were admitted in.</summary>
    public CallerPlan PlanAt(CallerPlan known, DateTimeOffset at) => known.Policy == Policy ? known : Plan(Policy!, known.Caller, at);

    public BudgetLine? Find(string counter)
    {
        lock (Gate)
        {
            return _lines.GetValueOrDefault(counter);
        }
    }

    /// <summary>Drops lines of windows that are over.</summary>
    public void Tidy(DateTimeOffset now)
    {
        lock (Gate)
        {
            foreach (var (counter, line) in _lines)
            {
                if (line.Held == 0 && line.ToFree == 0 && line.Opening is null && line.Window.End + TimeSpan.FromMinutes(10) < now)
                {
                    _lines.Remove(counter);
                }
            }
        }
    }

    public BudgetLine LineOf(BudgetScope scope, string subject, BudgetPeriod period, DateTimeOffset at)
    {
        var window = BudgetWindow.Of(period, at);
        string counter = GovernorKeys.Counter(tenant, scope, subject, period, window);
        lock (Gate)
        {
            if (!_lines.TryGetValue(counter, out var line))
            {
                _lines.Add(counter, line = new(counter, scope, subject, period, window));
            }

            return line;
        }
    }

    private CallerPlan Plan(TenantPolicy policy, CallerKey caller, DateTimeOffset at)
    {
        string user = caller.EndUser ?? caller.User.ToString();
        string? key = caller.Key?.ToString();
        Dictionary<BudgetLine, long> caps = [];
        foreach (var budget in policy.Budgets)
        {
            if (budget.Action == BudgetAction.Block && budget.Covers(key, user, caller.Feature))
            {
                Cap(LineOf(budget.Scope, budget.Subject, budget.Period, at), budget.LimitNanos);
            }
        }

        if (key is not null && caller.KeyBudget is { } life)
        {
            Cap(LineOf(BudgetScope.Key, key, BudgetPeriod.Total, at), life);
        }

        RateLimit[] rates = [.. Rates(policy, key, user)];
        RedisKey[] limitKeys = [.. rates.Select(rate => (RedisKey)rate.Key)];
        return new(
            policy, caller, rates, [.. caps.Keys], [.. caps.Values], limitKeys,
            [.. limitKeys, .. caps.Keys.Select(line => (RedisKey)line.Counter)],
            caps.Keys.Min(line => line.Window.End) ?? DateTimeOffset.MaxValue);

        void Cap(BudgetLine line, long nanos) => caps[line] = Math.Min(nanos, caps.GetValueOrDefault(line, long.MaxValue));
    }

    private IEnumerable<RateLimit> Rates(TenantPolicy policy, string? key, string user)
    {
        int requests = limits.TenantRequestsPerMinute ?? tenantLimits.Of(policy.Plan).RequestsPerMinute;
        (BudgetScope Scope, string? Subject, int? Requests, int? Tokens)[] all =
        [
            (BudgetScope.Tenant, "", requests, limits.TenantTokensPerMinute),
            (BudgetScope.Key, key, limits.KeyRequestsPerMinute, limits.KeyTokensPerMinute),
            (BudgetScope.User, user, limits.UserRequestsPerMinute, limits.UserTokensPerMinute),
        ];
        foreach (var (scope, subject, perMinute, _) in all.Where(one => one is { Subject: not null, Requests: not null }))
        {
            yield return new(GovernorKeys.Limit(tenant, tokens: false, scope, subject!), scope, IsTokens: false, perMinute!.Value);
        }

        foreach (var (scope, subject, _, perMinute) in all.Where(one => one is { Subject: not null, Tokens: not null }))
        {
            yield return new(GovernorKeys.Limit(tenant, tokens: true, scope, subject!), scope, IsTokens: true, perMinute!.Value);
        }
    }
}
