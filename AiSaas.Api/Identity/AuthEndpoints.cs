using System.ComponentModel.DataAnnotations;
using System.Globalization;
using AiSaas.Api.Common;
using AiSaas.Contracts.Identity;
using AiSaas.Core.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Identity;

/// <summary>Register, sign in and out, and change workspace. These write the cookie.</summary>
internal static class AuthEndpoints
{
    private static readonly EmailAddressAttribute Email = new();

    public static void MapAuth(this RouteGroupBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Identity");
        auth.MapPost("/register", Register).AllowAnonymous().RequireRateLimiting(AuthRateLimit.Policy);
        auth.MapPost("/login", Login).AllowAnonymous().RequireRateLimiting(AuthRateLimit.Policy);
        // Not as a RequestDelegate, which would throw the result away.
        auth.MapPost("/logout", (Delegate)Logout).AllowAnonymous();
        auth.MapPost("/tenant", SwitchTenant).RequireAccess().AllowViewers();
    }

    private static async Task<Results<Ok<RegisterResponse>, ProblemHttpResult>> Register(
        RegisterRequest request, Registration registration, MembershipDirectory memberships, HttpContext http, CancellationToken cancellation)
    {
        if (Fault(request) is { } fault)
        {
            return fault;
        }

        switch (await registration.RegisterAsync(request.Email.Trim(), request.Password, request.Workspace, request.Name, cancellation))
        {
            case RegistrationOutcome.Registered(var user, var tenant):
                UserId id = new(user.Id);
                var membership = (await memberships.OfAsync(id, cancellation)).First(place => place.Tenant == tenant);
                await WriteCookieAsync(http, id, membership, remember: true);
                return TypedResults.Ok(new RegisterResponse(user.Id, tenant.Value));
            case RegistrationOutcome.Refused(var reasons):
                return Problems.Invalid("identity:refused", string.Join(' ', reasons));
            default:
                return Problems.Conflict("identity:email-taken", "There is an account with this address already. Sign in instead.");
        }
    }

    private static async Task<Results<Ok<LoginResponse>, ProblemHttpResult>> Login(
        LoginRequest request, SignIn signIn, HttpContext http, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(request.Email) || string.IsNullOrEmpty(request.Password) || request.Password.Length > 200)
        {
            return Problems.Invalid("identity:incomplete", "Give an e-mail address and a password.");
        }

        switch (await signIn.CheckAsync(request.Email.Trim(), request.Password, cancellation))
        {
            case SignInOutcome.SignedIn(var user, var membership):
                await WriteCookieAsync(http, new UserId(user.Id), membership, request.Remember);
                return TypedResults.Ok(new LoginResponse(user.Id, membership.Tenant.Value));
            case SignInOutcome.LockedOut(var until):
                http.Response.Headers.RetryAfter = until.ToString("R", CultureInfo.InvariantCulture);
                return Problems.Of(
                    StatusCodes.Status429TooManyRequests, "identity:locked-out",
                    $"Too many wrong passwords. Try again after {until:HH:mm} UTC.", "Locked for a while");
            default:
                return Problems.Of(
                    StatusCodes.Status401Unauthorized, "identity:bad-credentials", "The address or the password is wrong.", "Not signed in");
        }
    }

    private static async Task<Ok> Logout(HttpContext http)
    {
        await http.SignOutAsync(AuthenticationSetup.Cookie);
        return TypedResults.Ok();
    }

    private static async Task<Results<Ok<LoginResponse>, ProblemHttpResult>> SwitchTenant(
        SwitchTenantRequest request, CurrentUser caller, MembershipDirectory memberships, HttpContext http, CancellationToken cancellation)
    {
        if (caller.Key is not null)
        {
            return Problems.Invalid("identity:key-is-bound", "A key belongs to one workspace.");
        }

        var places = await memberships.OfAsync(caller.User, cancellation);
        if (places.FirstOrDefault(place => place.Tenant.Value == request.TenantId) is not { } membership)
        {
            return Problems.NotFound("identity:no-workspace", "There is no such workspace among yours.");
        }

        await WriteCookieAsync(http, caller.User, membership, remember: true);
        return TypedResults.Ok(new LoginResponse(caller.User.Value, membership.Tenant.Value));
    }

    internal static Task WriteCookieAsync(HttpContext http, UserId user, Membership membership, bool remember) =>
        http.SignInAsync(
            AuthenticationSetup.Cookie, Claims.Person(AuthenticationSetup.Cookie, user, membership),
            new AuthenticationProperties { IsPersistent = remember });

    private static ProblemHttpResult? Fault(RegisterRequest request)
    {
        // The attribute asks only for an @ within; addresses are proven by mail, not by patterns.
        if (request.Email is not { Length: > 2 and <= 254 } || !Email.IsValid(request.Email.Trim()))
        {
            return Problems.Invalid("identity:bad-email", "Give an e-mail address, such as ada@example.com.");
        }

        if (request.Password is not { Length: >= 8 and <= 200 })
        {
            return Problems.Invalid("identity:bad-password", "Choose a password of 8 to 200 characters.");
        }

        return string.IsNullOrWhiteSpace(request.Workspace) || request.Workspace.Trim().Length > 100
            ? Problems.Invalid("identity:bad-workspace", "Name the workspace, in up to 100 characters.")
            : request.Name is { Length: > 100 } ? Problems.Invalid("identity:bad-name", "A name has up to 100 characters.") : null;
    }
}
