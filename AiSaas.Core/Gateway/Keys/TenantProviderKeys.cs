using AiSaas.Core.Tenancy;
using AiSaas.Llm.Keys;

namespace AiSaas.Core.Gateway.Keys;

/// <summary>Placeholder until the branch with the real one is merged.</summary>
public sealed class TenantProviderKeys
{
    public ValueTask<IReadOnlyDictionary<string, KeyPool>?> OfAsync(TenantId tenant, CancellationToken cancellation) => default;
}
