using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.DataProtection;

namespace AiSaas.Core.Gateway.Keys;

/// <summary>Encrypts workspaces' secrets, each workspace's under a purpose of its own: provider keys unless told otherwise.</summary>
public sealed class SecretVault(IDataProtectionProvider protection, string purpose)
{
    public SecretVault(IDataProtectionProvider protection)
        : this(protection, "AiSaas.ProviderKeys.v1")
    {
    }

    public string Protect(TenantId tenant, string secret) => Protector(tenant).Protect(secret);

    /// <summary>False when the row is another workspace's, or the key ring that wrote it is gone.</summary>
    public bool TryReveal(TenantId tenant, string stored, [NotNullWhen(true)] out string? secret)
    {
        try
        {
            secret = Protector(tenant).Unprotect(stored);
            return true;
        }
        catch (CryptographicException)
        {
            secret = null;
            return false;
        }
    }

    /// <summary>The same for the same key of the same workspace, and of no use elsewhere. The secret has entropy of its own.</summary>
    public static byte[] Fingerprint(TenantId tenant, string secret) => SHA256.HashData(Encoding.UTF8.GetBytes($"{tenant}\n{secret}"));

    private IDataProtector Protector(TenantId tenant) => protection.CreateProtector(purpose, tenant.ToString());
}
