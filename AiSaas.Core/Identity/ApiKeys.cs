using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Identity;

public sealed record ApiKey(
    ApiKeyId Id, string Name, string Prefix, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt,
    DateTimeOffset? LastUsedAt, long? BudgetNanos, IReadOnlyList<string>? AllowedModels);

/// <param name="BudgetNanos">What the key may spend, in billionths of a dollar.</param>
public sealed record NewApiKey(
    string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, long? BudgetNanos, IReadOnlyList<string>? AllowedModels);

/// <summary>Makes, lists and revokes a workspace's keys. Members see their own; admins see all.</summary>
public sealed class ApiKeys(TenantDatabase database, ApiKeyDirectory directory)
{
    /// <summary>Enough for any honest use; a list stays readable.</summary>
    public const int MostPerTenant = 500;

    /// <returns>The id and the secret, which is shown this once; null when the workspace has <see cref="MostPerTenant"/> keys.</returns>
    public async Task<(ApiKeyId Id, ApiKeySecret Secret)?> CreateAsync(
        TenantId tenant, UserId user, NewApiKey key, CancellationToken cancellation)
    {
        var (id, secret) = (ApiKeyId.New(), ApiKeySecret.New());
        await using var work = await database.BeginAsync(tenant, cancellation);
        int made = await work.ExecuteAsync(
            """
            insert into api_keys (id, tenant_id, user_id, name, prefix, hash, scopes, allowed_models, budget_nanos, expires_at)
            select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
            where (select count(*) from api_keys where tenant_id = $2) < $11
            """,
            cancellation,
            id, tenant, user, key.Name, secret.Prefix, secret.Hash(), key.Scopes.ToArray(),
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Text, key.AllowedModels?.ToArray()),
            SqlParameter.Typed(NpgsqlDbType.Bigint, key.BudgetNanos),
            SqlParameter.Typed(NpgsqlDbType.TimestampTz, key.ExpiresAt?.ToUniversalTime()), MostPerTenant);
        await work.CommitAsync(cancellation);
        return made == 1 ? (id, secret) : null;
    }

    /// <param name="tenant">Whose keys.</param>
    /// <param name="owner">Only this person's; null for all of the workspace.</param>
    /// <param name="cancellation">Cancels the query.</param>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(TenantId tenant, UserId? owner, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.QueryAsync(
            """
            select id, name, prefix, scopes, created_at, expires_at, last_used_at, budget_nanos, allowed_models
            from api_keys where tenant_id = $1 and ($2::uuid is null or user_id = $2)
            order by created_at desc limit 500
            """,
            Read, cancellation, tenant, SqlParameter.Typed(NpgsqlDbType.Uuid, owner?.Value));
    }

    /// <returns>False when there is no such key (or it is another's).</returns>
    public async Task<bool> RevokeAsync(TenantId tenant, UserId? owner, ApiKeyId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        byte[]? hash = await work.ScalarAsync<byte[]>(
            "delete from api_keys where tenant_id = $1 and id = $2 and ($3::uuid is null or user_id = $3) returning hash",
            cancellation, tenant, id, SqlParameter.Typed(NpgsqlDbType.Uuid, owner?.Value));
        await work.CommitAsync(cancellation);
        if (hash is null)
        {
            return false;
        }

        directory.Forget(hash);
        return true;
    }

    private static ApiKey Read(NpgsqlDataReader row) => new(
        new ApiKeyId(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.GetFieldValue<string[]>(3),
        row.GetFieldValue<DateTimeOffset>(4),
        row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5),
        row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
        row.IsDBNull(7) ? null : row.GetInt64(7),
        row.IsDBNull(8) ? null : row.GetFieldValue<string[]>(8));
}
