using AiSaas.Core.Chat;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Gateway;

/// <summary>On whose behalf a model is called, and what the call is filed under.</summary>
/// <param name="Tenant">Who pays.</param>
/// <param name="User">The person, or the owner of the program's key.</param>
/// <param name="Key">The program's key; null for our own features and for people in a browser.</param>
public sealed record GatewayCaller(TenantId Tenant, UserId User, ApiKeyId? Key)
{
    /// <summary>The key's own cap over its whole life, in billionths of a dollar; null for none.</summary>
    public long? KeyBudgetNanos { get; init; }

    /// <summary>The models that the key may name; null for all.</summary>
    public IReadOnlyList<string>? AllowedModels { get; init; }

    /// <summary>What the call is for: <c>chat</c>, <c>ingest</c>, <c>gateway</c>, or what <c>x-aisaas-feature</c> says.</summary>
    public string Feature { get; init; } = "gateway";

    /// <summary>The caller's own end user (<c>x-aisaas-user</c>); null means <see cref="User"/>.</summary>
    public string? EndUser { get; init; }

    public string? Conversation { get; init; }

    /// <summary>The answer that the call is made for: what all its attempts cost is summed up by this.</summary>
    public RunId? Run { get; init; }

    /// <summary>A digest of what this caller may see (role, scopes, allowed models, collections and their version): a filter of every cache.</summary>
    public string Permissions { get; init; } = "";

    /// <summary>What user budgets, user limits and user rows go by.</summary>
    public string UserLabel => EndUser ?? User.ToString();
}
