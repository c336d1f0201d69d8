namespace AiSaas.Contracts.Identity;

public sealed record RegisterRequest(string Email, string Password, string Workspace, string? Name = null);

public sealed record RegisterResponse(Guid UserId, Guid TenantId);

public sealed record LoginRequest(string Email, string Password, bool Remember = true);

/// <summary>POST <c>/api/auth/login</c>: who signed in, and the workspace that is now current.</summary>
public sealed record LoginResponse(Guid UserId, Guid TenantId);

public sealed record UserInfo(Guid Id, string Email, string Name);

/// <param name="Role">owner, admin, member or viewer.</param>
public sealed record TenantInfo(Guid Id, string Name, string Role);

/// <summary>What a workspace may use. Sizes in bytes.</summary>
public sealed record Limits(long MaxUploadBytes, int MaxDocuments, int RequestsPerMinute);

/// <summary>GET <c>/api/me</c>.</summary>
/// <param name="Chat">The model that answers when a question names none, and how people should read it.</param>
public sealed record Me(
    UserInfo User, TenantInfo Tenant, string Role, IReadOnlyList<TenantInfo> Tenants, string Plan,
    Limits Limits, IReadOnlyDictionary<string, bool> Flags, ChatModelInfo Chat);

/// <param name="Extractive">True for the keyless answerer that quotes and does not write.</param>
public sealed record ChatModelInfo(string Model, bool Extractive, IReadOnlyList<string> Models);

public sealed record UpdateProfileRequest(string? Name = null, string? CurrentPassword = null, string? NewPassword = null);

/// <summary>POST <c>/api/auth/tenant</c>: makes another of the user's workspaces the current one (reissues the cookie).</summary>
public sealed record SwitchTenantRequest(Guid TenantId);

/// <param name="Scopes">Any of <c>api</c> (everything the user may do), <c>read</c>, <c>gateway</c>. Empty means <c>api</c>.</param>
public sealed record CreateKeyRequest(
    string Name, IReadOnlyList<string>? Scopes = null, DateTimeOffset? ExpiresAt = null,
    decimal? BudgetUsd = null, IReadOnlyList<string>? AllowedModels = null);

/// <summary>The key itself is shown here once and stored only as a hash.</summary>
public sealed record CreatedKey(Guid Id, string Key, string Name, string Prefix);

public sealed record KeySummary(
    Guid Id, string Name, string Prefix, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt, DateTimeOffset? LastUsedAt, decimal? BudgetUsd, IReadOnlyList<string>? AllowedModels);
