using System.Globalization;
using System.Text.Json;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Prices;

namespace AiSaas.Core.Gateway.Prices;

/// <summary>A workspace's own prices, laid over the file and the settings.</summary>
public sealed class PriceOverrides(TenantDatabase database)
{
    public const int MostPerTenant = 1_000;

    public async Task<IReadOnlyList<PriceEntry>> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await ListAsync(work, cancellation);
    }

    /// <summary>Adds and replaces; others stay.</summary>
    /// <returns>False when the workspace would have more than <see cref="MostPerTenant"/>; then nothing changes.</returns>
    public async Task<bool> PutAsync(TenantId tenant, IReadOnlyList<PriceEntry> entries, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        foreach (var entry in entries)
        {
            await work.ExecuteAsync(
                """
                insert into price_overrides (tenant_id, provider, model, price) values ($1, $2, $3, $4)
                on conflict (tenant_id, provider, model) do update set price = excluded.price, updated_at = now()
                """,
                cancellation, tenant, Fold(entry.Provider), Fold(entry.Model), SqlParameter.Json(JsonSerializer.Serialize(entry, PriceJson.Default.PriceEntry)));
        }

        if (await work.ScalarAsync<long>("select count(*) from price_overrides where tenant_id = $1", cancellation, tenant) > MostPerTenant)
        {
            return false;
        }

        await work.CommitAsync(cancellation);
        return true;
    }

    /// <returns>False when the workspace has no such price of its own.</returns>
    public async Task<bool> DeleteAsync(TenantId tenant, string provider, string model, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        int deleted = await work.ExecuteAsync(
            "delete from price_overrides where tenant_id = $1 and provider = $2 and model = $3", cancellation, tenant, Fold(provider), Fold(model));
        await work.CommitAsync(cancellation);
        return deleted == 1;
    }

    /// <summary>The table for a workspace.</summary>
    /// <param name="work">Of the workspace.</param>
    /// <param name="shared">The file and the settings.</param>
    /// <param name="known">What was read before; kept if nothing changed, with all that it remembers.</param>
    /// <param name="cancellation">Cancels the query.</param>
    internal static async Task<PriceTable> TableAsync(TenantWork work, PriceTable shared, PriceTable? known, CancellationToken cancellation)
    {
        var marks = await work.QueryAsync(
            "select count(*), coalesce(max(updated_at), 'epoch') from price_overrides where tenant_id = $1",
            row => (Count: row.GetInt64(0), At: row.GetFieldValue<DateTimeOffset>(1)), cancellation, work.Tenant);
        if (marks[0].Count == 0)
        {
            return shared;
        }

        string version = string.Create(CultureInfo.InvariantCulture, $"{shared.Version}+workspace-{marks[0].Count}-{marks[0].At.UtcDateTime:yyyyMMddHHmmssfff}");
        return known?.Version == version ? known : shared.With(version, await ListAsync(work, cancellation));
    }

    private static async Task<List<PriceEntry>> ListAsync(TenantWork work, CancellationToken cancellation) => await work.QueryAsync(
        "select provider, model, price::text from price_overrides where tenant_id = $1 order by provider, model limit 1000",
        row => JsonSerializer.Deserialize(row.GetString(2), PriceJson.Default.PriceEntry)! with { Provider = row.GetString(0), Model = row.GetString(1) },
        cancellation, work.Tenant);

    private static string Fold(string name) => name.Trim().ToLowerInvariant();
}
