using AiSaas.Api.Common;
using AiSaas.Contracts.Identity;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;

namespace AiSaas.Api.Identity;

/// <summary>Who is signed in, what they may use, and their profile.</summary>
internal static class MeEndpoints
{
    public static void MapMe(this RouteGroupBuilder api)
    {
        api.MapGet("/me", Read).WithTags("Identity");
        api.MapPatch("/me", Update).WithTags("Identity").AllowViewers();
    }

    private static async Task<Results<Ok<Me>, ProblemHttpResult>> Read(
        CurrentUser caller, MembershipDirectory memberships, UserManager<User> users, TenantLimits limits, ModelCatalog models,
        CancellationToken cancellation)
    {
        var places = await memberships.OfAsync(caller.User, cancellation);
        if (await users.FindByIdAsync(caller.User.ToString()) is not { } user
            || places.FirstOrDefault(place => place.Tenant == caller.Tenant) is not { } current)
        {
            return Problems.Of(StatusCodes.Status401Unauthorized, "auth:required", "Sign in again.", "Sign in first");
        }

        return TypedResults.Ok(new Me(
            new UserInfo(user.Id, user.Email!, user.Name), Info(current), current.Role.Name(), [.. places.Select(Info)], current.Plan,
            limits.Of(current.Plan), new Dictionary<string, bool>(),
            new ChatModelInfo(models.DefaultModel, models.IsExtractive(models.DefaultModel), models.Names)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Update(
        UpdateProfileRequest request, CurrentUser caller, UserManager<User> users, MembershipDirectory memberships, HttpContext http,
        CancellationToken cancellation)
    {
        if (caller.Key is not null)
        {
            return Problems.Forbidden("auth:person-only", "A profile is changed by its person, signed in, not by a key.");
        }

        var user = (await users.FindByIdAsync(caller.User.ToString()))!;
        if (request.Name is { } name)
        {
            if (string.IsNullOrWhiteSpace(name) || name.Length > 100)
            {
                return Problems.Invalid("identity:bad-name", "A name has 1 to 100 characters.");
            }

            user.Name = name.Trim();
            await users.UpdateAsync(user);
        }

        if (request.NewPassword is { } password)
        {
            var changed = password.Length > 200
                ? IdentityResult.Failed(new IdentityError { Code = "PasswordTooLong", Description = "A password has up to 200 characters." })
                : await users.ChangePasswordAsync(user, request.CurrentPassword ?? "", password);
            if (!changed.Succeeded)
            {
                return Problems.Invalid("identity:refused", string.Join(' ', changed.Errors.Select(error => error.Description)));
            }

            // Every other session ends with the old stamp; this one gets a cookie with the new.
            memberships.Forget(caller.User);
            var places = await memberships.OfAsync(caller.User, cancellation);
            await AuthEndpoints.WriteCookieAsync(http, caller.User, places.First(place => place.Tenant == caller.Tenant), remember: true);
        }

        return TypedResults.NoContent();
    }

    private static TenantInfo Info(Membership place) => new(place.Tenant.Value, place.TenantName, place.Role.Name());
}
