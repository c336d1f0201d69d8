using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace AiSaas.Core.Identity;

/// <summary>The workspaces of a person, remembered for some seconds: every signed-in request asks.</summary>
/// <remarks>A change made on this replica is seen at once (<see cref="Forget"/>), one made on another within <see cref="Lifetime"/>.</remarks>
public sealed class MembershipDirectory(NpgsqlDataSource source) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = 50_000 });

    public async ValueTask<IReadOnlyList<Membership>> OfAsync(UserId user, CancellationToken cancellation)
    {
        if (_cache.TryGetValue(user, out IReadOnlyList<Membership>? known))
        {
            return known!;
        }

        await using var command = source.CreateCommand("select tenant_id, tenant_name, plan, role, security_stamp from app.memberships_of($1)");
        command.Parameters.AddWithValue(user.Value);
        List<Membership> found = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            found.Add(new(
                new TenantId(reader.GetGuid(0)), reader.GetString(1), reader.GetString(2), RoleNames.Parse(reader.GetString(3)),
                await reader.IsDBNullAsync(4, cancellation) ? null : reader.GetString(4)));
        }

        _cache.Set(user, (IReadOnlyList<Membership>)found, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime });
        return found;
    }

    public void Forget(UserId user) => _cache.Remove(user);

    public void Dispose() => _cache.Dispose();
}
