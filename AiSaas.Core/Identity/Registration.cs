using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace AiSaas.Core.Identity;

public abstract record RegistrationOutcome
{
    private RegistrationOutcome()
    {
    }

    public sealed record Registered(User User, TenantId Tenant) : RegistrationOutcome;

    public sealed record EmailTaken : RegistrationOutcome;

    /// <param name="Reasons">Each in words, such as why the password won't do.</param>
    public sealed record Refused(IReadOnlyList<string> Reasons) : RegistrationOutcome;
}

/// <summary>Makes a person and their workspace, both or neither.</summary>
public sealed class Registration(AiSaasDb database, UserManager<User> users, TimeProvider time)
{
    public async Task<RegistrationOutcome> RegisterAsync(
        string email, string password, string workspace, string? name, CancellationToken cancellation)
    {
        User user = new()
        {
            Id = UserId.New().Value,
            UserName = email,
            Email = email,
            Name = string.IsNullOrWhiteSpace(name) ? email[..email.IndexOf('@', StringComparison.Ordinal)] : name.Trim(),
            CreatedAt = time.GetUtcNow(),
        };
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        IdentityResult made;
        try
        {
            // Off the socket's thread, which the database's answer may have come on: hashing takes its time.
            await Task.Yield();
            made = await users.CreateAsync(user, password);
        }
        catch (DbUpdateException clash) when (clash.InnerException is Npgsql.PostgresException { SqlState: Npgsql.PostgresErrorCodes.UniqueViolation })
        {
            // Two registrations of one address at once: the database's unique index decides.
            return new RegistrationOutcome.EmailTaken();
        }

        if (!made.Succeeded)
        {
            return made.Errors.Any(error => error.Code is nameof(IdentityErrorDescriber.DuplicateEmail) or nameof(IdentityErrorDescriber.DuplicateUserName))
                ? new RegistrationOutcome.EmailTaken()
                : new RegistrationOutcome.Refused([.. made.Errors.Select(error => error.Description)]);
        }

        var tenant = TenantId.New();
        await database.Database.ExecuteSqlAsync(
            $"""
            select set_config('app.tenant', {tenant.ToString()}, true);
            """, cancellation);
        await database.Database.ExecuteSqlAsync($"insert into tenants (id, name) values ({tenant.Value}, {workspace.Trim()})", cancellation);
        await database.Database.ExecuteSqlAsync(
            $"insert into memberships (tenant_id, user_id, role) values ({tenant.Value}, {user.Id}, 'owner')", cancellation);
        await transaction.CommitAsync(cancellation);
        return new RegistrationOutcome.Registered(user, tenant);
    }
}
