using AiSaas.Core.Gateway.Prices;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Prices;
using Npgsql;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>What Postgres knows to have been spent.</summary>
/// <param name="Nanos">By calls admitted in the window.</param>
/// <param name="Snapshot">Which transactions that includes, in Postgres's own words.</param>
public readonly record struct SpentReading(long Nanos, string Snapshot);

/// <summary>Budgets and what was spent of them, in Postgres.</summary>
public sealed class BudgetStore(TenantDatabase database)
{
    public const int MostPerTenant = 500;

    public async Task<IReadOnlyList<Budget>> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await ListAsync(work, cancellation);
    }

    /// <summary>Sets a budget; one for the same scope and period is changed.</summary>
    /// <returns>Null when the workspace has <see cref="MostPerTenant"/> already.</returns>
    public async Task<Budget?> PutAsync(
        TenantId tenant, BudgetScope scope, string subject, BudgetPeriod period, long limitNanos, BudgetAction action, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var put = await work.QueryAsync(
            """
            insert into budgets (id, tenant_id, scope, subject, period, limit_nanos, action)
            select $1, $2, $3, $4, $5, $6, $7
            where (select count(*) from budgets where tenant_id = $2 and not (scope = $3 and subject = $4 and period = $5)) < $8
            on conflict (tenant_id, scope, subject, period) do update set
                limit_nanos = excluded.limit_nanos, action = excluded.action, updated_at = now()
            returning id, scope, subject, period, limit_nanos, action, updated_at
            """,
            Read, cancellation, BudgetId.New(), tenant, scope.Name(), subject, period.Name(), limitNanos, action.Name(), MostPerTenant);
        await work.CommitAsync(cancellation);
        return put is [var budget] ? budget : null;
    }

    /// <returns>False when the workspace has no such budget.</returns>
    public async Task<bool> DeleteAsync(TenantId tenant, BudgetId budget, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        int deleted = await work.ExecuteAsync("delete from budgets where tenant_id = $1 and id = $2", cancellation, tenant, budget);
        await work.CommitAsync(cancellation);
        return deleted == 1;
    }

    public async Task<SpentReading> SpentAsync(
        TenantId tenant, BudgetScope scope, string subject, BudgetWindow window, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var rows = await work.QueryAsync(
            $"""
            select coalesce(sum(cost_nanos), 0)::bigint, pg_current_snapshot()::text from usage_hours
            where tenant_id = $1 and hour >= $2 and hour < $3{Filter(scope)}
            """,
            row => new SpentReading(row.GetInt64(0), row.GetString(1)), cancellation,
            tenant, window.Start.UtcDateTime, (window.End ?? DateTimeOffset.MaxValue).UtcDateTime,
            scope == BudgetScope.Key && Guid.TryParse(subject, out var key) ? key : subject);
        return rows[0];
    }

    /// <summary>All that a call's admission needs to know of a workspace.</summary>
    /// <param name="tenant">The workspace.</param>
    /// <param name="shared">The price table of all workspaces.</param>
    /// <param name="known">What was read before; the same again if nothing changed, so that what hangs on it stays.</param>
    /// <param name="cancellation">Cancels the queries.</param>
    internal async Task<TenantPolicy> PolicyAsync(TenantId tenant, PriceTable shared, TenantPolicy? known, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var budgets = await ListAsync(work, cancellation);
        string plan = await work.ScalarAsync<string>("select plan from tenants where id = $1", cancellation, tenant) ?? "";
        var prices = await PriceOverrides.TableAsync(work, shared, known?.Prices, cancellation);
        return known is not null && known.Plan == plan && known.Prices == prices && known.Budgets.SequenceEqual(budgets)
            ? known
            : new(budgets, prices, plan);
    }

    // The last parameter is not used for a workspace's own; its comparison keeps it typed.
    private static string Filter(BudgetScope scope) => scope switch
    {
        BudgetScope.Tenant => " and $4::text = ''",
        BudgetScope.Key => " and key_id = $4",
        BudgetScope.User => " and user_label = $4",
        _ => " and feature = $4",
    };

    private static async Task<List<Budget>> ListAsync(TenantWork work, CancellationToken cancellation) => await work.QueryAsync(
        """
        select id, scope, subject, period, limit_nanos, action, updated_at from budgets where tenant_id = $1
        order by array_position(array['tenant', 'feature', 'user', 'key'], scope), subject, period limit 500
        """,
        Read, cancellation, work.Tenant);

    private static Budget Read(NpgsqlDataReader row) => new(
        new BudgetId(row.GetGuid(0)), BudgetNames.Scope(row.GetString(1))!.Value, row.GetString(2),
        BudgetNames.Period(row.GetString(3))!.Value, row.GetInt64(4), BudgetNames.Action(row.GetString(5))!.Value,
        row.GetFieldValue<DateTimeOffset>(6));
}
