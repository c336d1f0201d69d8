using System.Diagnostics.CodeAnalysis;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.DataProtection;

namespace AiSaas.Core.Webhooks;

/// <summary>Endpoints' secrets at rest: like provider keys, under a purpose of their own.</summary>
public sealed class WebhookVault(IDataProtectionProvider protection)
{
    private readonly SecretVault _vault = new(protection, "AiSaas.Webhooks.v1");

    public string Protect(TenantId tenant, WebhookSecret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return _vault.Protect(tenant, secret.Reveal());
    }

    /// <summary>False when the row is another workspace's, or the key ring that wrote it is gone.</summary>
    public bool TryReveal(TenantId tenant, string? stored, [NotNullWhen(true)] out WebhookSecret? secret)
    {
        secret = null;
        return stored is not null && _vault.TryReveal(tenant, stored, out string? text) && WebhookSecret.TryRead(text, out secret);
    }
}
