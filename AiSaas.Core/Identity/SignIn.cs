using Microsoft.AspNetCore.Identity;

namespace AiSaas.Core.Identity;

public abstract record SignInOutcome
{
    private SignInOutcome()
    {
    }

    public sealed record SignedIn(User User, Membership Membership) : SignInOutcome;

    public sealed record BadCredentials : SignInOutcome;

    public sealed record LockedOut(DateTimeOffset Until) : SignInOutcome;
}

/// <summary>Checks an address and a password, slowly for everybody and with lockout.</summary>
public sealed class SignIn(UserManager<User> users, MembershipDirectory memberships)
{
    // Checked when there is no such person, so that the answer takes as long as for a wrong password.
    private static readonly Lazy<string> AnyHash = new(() => new PasswordHasher<User>().HashPassword(new User(), "not a password"));

    public async Task<SignInOutcome> CheckAsync(string email, string password, CancellationToken cancellation)
    {
        if (await users.FindByEmailAsync(email) is not { } user)
        {
            await OffTheSocket();
            users.PasswordHasher.VerifyHashedPassword(new User(), AnyHash.Value, password);
            return new SignInOutcome.BadCredentials();
        }

        if (await users.IsLockedOutAsync(user))
        {
            return new SignInOutcome.LockedOut(user.LockoutEnd!.Value);
        }

        await OffTheSocket();
        if (!await users.CheckPasswordAsync(user, password))
        {
            await users.AccessFailedAsync(user);
            return new SignInOutcome.BadCredentials();
        }

        if (user.AccessFailedCount > 0)
        {
            await users.ResetAccessFailedCountAsync(user);
        }

        var places = await memberships.OfAsync(new UserId(user.Id), cancellation);
        return places is [var first, ..] ? new SignInOutcome.SignedIn(user, first) : new SignInOutcome.BadCredentials();
    }

    // What follows a database's answer may run where sockets are served; tens of milliseconds of arithmetic may not.
    private static System.Runtime.CompilerServices.YieldAwaitable OffTheSocket() => Task.Yield();
}
