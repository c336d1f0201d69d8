using System.Globalization;
using System.Security.Claims;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;

namespace AiSaas.Api.Identity;

/// <summary>Who is asking, and for which workspace. A parameter of this type makes an endpoint know.</summary>
/// <param name="Key">The program's key; null for a person in a browser.</param>
internal sealed record CurrentUser(TenantId Tenant, UserId User, Role Role, ApiKeyId? Key)
{
    public bool IsAtLeast(Role role) => Role >= role;

    /// <summary>Minimal APIs call this; the endpoint's authorization has already let the caller in.</summary>
    public static ValueTask<CurrentUser?> BindAsync(HttpContext context) => ValueTask.FromResult(From(context.User));

    public static CurrentUser? From(ClaimsPrincipal principal)
    {
        if (principal.Identity is not { IsAuthenticated: true }
            || !TenantId.TryParse(principal.FindFirstValue(Claims.Tenant), CultureInfo.InvariantCulture, out var tenant)
            || !UserId.TryParse(principal.FindFirstValue(Claims.User), CultureInfo.InvariantCulture, out var user))
        {
            return null;
        }

        bool program = ApiKeyId.TryParse(principal.FindFirstValue(Claims.Key), CultureInfo.InvariantCulture, out var key);
        return new(tenant, user, RoleNames.Parse(principal.FindFirstValue(Claims.Role)!), program ? key : null);
    }
}
