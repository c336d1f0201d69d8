using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Core.Tenancy;

namespace AiSaas.Ingestion.Documents;

/// <summary>In which embedding space a workspace's earlier vectors are as good as new ones.</summary>
internal sealed class KeptSpace(TenantSpaces tenants)
{
    /// <returns>Null where its new passages go to a space that has no vectors yet.</returns>
    public async Task<string?> OfAsync(TenantId tenant, CancellationToken cancellation)
    {
        string model = await tenants.ModelAsync(tenant, cancellation);
        var searched = await tenants.SearchedAsync(tenant, cancellation);
        return searched.LastOrDefault(space => space.Model == model)?.Id;
    }
}
