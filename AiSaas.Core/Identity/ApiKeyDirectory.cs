using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Caching.Memory;
using Npgsql;

namespace AiSaas.Core.Identity;

/// <summary>Who a key speaks for.</summary>
/// <param name="BudgetNanos">What it may spend over its whole life, in billionths of a dollar; null for no cap of its own.</param>
/// <param name="AllowedModels">The models that it may name; null for all.</param>
public sealed record ApiKeyHolder(
    ApiKeyId Key, TenantId Tenant, UserId User, Role Role, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt,
    long? BudgetNanos = null, IReadOnlyList<string>? AllowedModels = null)
{
    /// <summary>A digest of what the key may see and use; who differs in it shares no cached answer.</summary>
    public string Permissions => field ??= Digest();

    private string Digest()
    {
        string rights = $"{Role}|{string.Join(',', Scopes.Order(StringComparer.Ordinal))}|{string.Join(',', (AllowedModels ?? []).Order(StringComparer.Ordinal))}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rights)).AsSpan(0, 8));
    }
}

/// <summary>Finds the holder of a key by its hash, remembered for some seconds; what is no key is remembered too.</summary>
/// <remarks>A key revoked here is refused at once, one revoked on another replica within <see cref="Lifetime"/>.</remarks>
public sealed class ApiKeyDirectory(NpgsqlDataSource source, TenantDatabase database, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Task<ApiKeyHolder?>> _reading = new();
    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = 50_000 });

    /// <returns>Null when there is no such key, or it has expired.</returns>
    public async ValueTask<ApiKeyHolder?> FindAsync(ApiKeySecret secret, CancellationToken cancellation)
    {
        if (!secret.IsWellFormed)
        {
            return null;
        }

        byte[] hash = secret.Hash();
        string entry = Convert.ToBase64String(hash);
        if (!_cache.TryGetValue(entry, out ApiKeyHolder? holder))
        {
            holder = await ReadOnceAsync(entry, hash).WaitAsync(cancellation);
        }

        return holder?.ExpiresAt <= time.GetUtcNow() ? null : holder;
    }

    public void Forget(byte[] hash)
    {
        string entry = Convert.ToBase64String(hash);
        _reading.TryRemove(entry, out _);
        _cache.Remove(entry);
    }

    public void Dispose() => _cache.Dispose();

    // A busy key's callers all find it forgotten at the same moment. One looks, and writes its use down; thousands would queue for its row.
    private async Task<ApiKeyHolder?> ReadOnceAsync(string entry, byte[] hash)
    {
        TaskCompletionSource<ApiKeyHolder?> mine = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = _reading.GetOrAdd(entry, mine.Task);
        if (reading == mine.Task)
        {
            await ReadForAllAsync(entry, hash, mine);
        }

        return await reading;
    }

    // For all of them, so no single caller's leaving ends it; the database has its own deadlines.
    private async Task ReadForAllAsync(string entry, byte[] hash, TaskCompletionSource<ApiKeyHolder?> mine)
    {
        try
        {
            var holder = await ReadAsync(hash, CancellationToken.None);
            if (holder is not null)
            {
                await NoteUseAsync(holder, CancellationToken.None);
            }

            // Not where it was revoked meanwhile.
            if (_reading.TryRemove(KeyValuePair.Create(entry, mine.Task)))
            {
                _cache.Set(entry, holder, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime });
            }

            mine.SetResult(holder);
        }
        catch (Exception failure)
        {
            _reading.TryRemove(KeyValuePair.Create(entry, mine.Task));
            mine.SetException(failure);
        }
    }

    private async Task<ApiKeyHolder?> ReadAsync(byte[] hash, CancellationToken cancellation)
    {
        await using var command = source.CreateCommand(
            "select id, tenant_id, user_id, scopes, expires_at, role, budget_nanos, allowed_models from app.find_api_key($1)");
        command.Parameters.AddWithValue(hash);
        await using var row = await command.ExecuteReaderAsync(cancellation);
        return await row.ReadAsync(cancellation)
            ? new ApiKeyHolder(
                new ApiKeyId(row.GetGuid(0)), new TenantId(row.GetGuid(1)), new UserId(row.GetGuid(2)),
                RoleNames.Parse(row.GetString(5)), row.GetFieldValue<string[]>(3),
                await row.IsDBNullAsync(4, cancellation) ? null : row.GetFieldValue<DateTimeOffset>(4),
                await row.IsDBNullAsync(6, cancellation) ? null : row.GetInt64(6),
                await row.IsDBNullAsync(7, cancellation) ? null : row.GetFieldValue<string[]>(7))
            : null;
    }

    // Once per cache lifetime, so that a busy key doesn't rewrite its row with every call.
    private async Task NoteUseAsync(ApiKeyHolder holder, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(holder.Tenant, cancellation);
        await work.ExecuteAsync("update api_keys set last_used_at = $2 where id = $1", cancellation, holder.Key, time.GetUtcNow());
        await work.CommitAsync(cancellation);
    }
}
