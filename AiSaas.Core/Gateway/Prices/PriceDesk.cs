using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Prices;

namespace AiSaas.Core.Gateway.Prices;

/// <param name="Origin">file, settings or workspace.</param>
public sealed record OriginPrice(string Origin, PriceEntry Entry);

/// <summary>Prices as admins set and see them.</summary>
public sealed class PriceDesk
{
    private readonly PriceOverrides _overrides;
    private readonly PriceTable _shared;
    private readonly TenantAccounts _accounts;
    private readonly PriceFile _file = PriceFile.Read();

    internal PriceDesk(PriceOverrides overrides, PriceTable shared, TenantAccounts accounts) =>
        (_overrides, _shared, _accounts) = (overrides, shared, accounts);

    public string Notes => _file.Notes;

    /// <summary>Everything that is priced for the workspace, and by which table.</summary>
    public async Task<(string Version, IReadOnlyList<OriginPrice> Prices)> ListAsync(TenantId tenant, CancellationToken cancellation)
    {
        var own = await _overrides.ListAsync(tenant, cancellation);
        var table = own.Count == 0 ? _shared : _shared.With(_shared.Version + "+workspace", own);
        return (table.Version, [.. table.Entries.Select(entry => new OriginPrice(
            own.Contains(entry) ? "workspace" : _file.Models.Any(model => model.Provider == entry.Provider && model.Model == entry.Model && model.Source == entry.Source) ? "file" : "settings",
            entry))]);
    }

    /// <returns>False when the workspace would have too many of its own.</returns>
    public async Task<bool> PutAsync(TenantId tenant, IReadOnlyList<PriceEntry> entries, CancellationToken cancellation)
    {
        bool put = await _overrides.PutAsync(tenant, entries, cancellation);
        _accounts.Changed(tenant);
        return put;
    }

    /// <returns>False when the workspace has no such price of its own.</returns>
    public async Task<bool> DeleteAsync(TenantId tenant, string provider, string model, CancellationToken cancellation)
    {
        bool deleted = await _overrides.DeleteAsync(tenant, provider, model, cancellation);
        _accounts.Changed(tenant);
        return deleted;
    }
}
