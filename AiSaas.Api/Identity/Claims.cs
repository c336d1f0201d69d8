using System.Security.Claims;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;

namespace AiSaas.Api.Identity;

/// <summary>What a principal carries, and how one is made.</summary>
internal static class Claims
{
    public const string User = "sub";
    public const string Tenant = "tenant";
    public const string Role = "role";
    public const string Stamp = "stamp";
    public const string Key = "key";
    public const string Scope = "scope";

    public static ClaimsPrincipal Person(string scheme, UserId user, Membership membership) => new(new ClaimsIdentity(
    [
        new(User, user.ToString()),
        new(Tenant, membership.Tenant.ToString()),
        new(Role, membership.Role.Name()),
        new(Stamp, membership.SecurityStamp ?? ""),
    ], scheme, User, Role));

    public static ClaimsPrincipal Program(string scheme, ApiKeyHolder holder) => new(new ClaimsIdentity(
    [
        new(User, holder.User.ToString()),
        new(Tenant, holder.Tenant.ToString()),
        new(Role, holder.Role.Name()),
        new(Key, holder.Key.ToString()),
        .. holder.Scopes.Select(scope => new Claim(Scope, scope)),
    ], scheme, User, Role));
}
