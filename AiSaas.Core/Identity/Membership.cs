using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Identity;

/// <summary>A person's place in a workspace.</summary>
public sealed record Membership(TenantId Tenant, string TenantName, string Plan, Role Role, string? SecurityStamp);
