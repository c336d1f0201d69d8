using System.Text.Json;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>The table <c>responses</c>. A response belongs to a person of a tenant: whoever else asks finds nothing.</summary>
public sealed class ResponseStore(TenantDatabase database, TimeProvider clock)
{
    /// <summary>As long as OpenAI keeps them.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    private const string Columns = "id, status, background, request, response, job_id, created_at";

    public async Task<StoredResponse?> FindAsync(TenantId tenant, UserId user, string id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await FindAsync(work, user, id, cancellation);
    }

    /// <summary>The cheap look of those who watch.</summary>
    /// <returns>Null when there is no such response.</returns>
    internal async Task<bool?> HasEndedAsync(TenantId tenant, UserId user, string id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.ScalarAsync<bool?>(
            "select ended_at is not null from responses where tenant_id = $1 and user_id = $2 and id = $3 and expires_at > now()",
            cancellation, tenant, user, id);
    }

    /// <summary>Keeps a response that a client waited for.</summary>
    public async Task SaveAsync(GatewayCaller caller, ResponseRequest request, EndedResponse ended, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(caller.Tenant, cancellation);
        await work.ExecuteAsync(
            """
            insert into responses (tenant_id, id, user_id, key_id, status, model, streamed, previous_id, request, response, ended_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, now(), $11)
            """,
            cancellation, caller.Tenant, ended.Id, caller.User, SqlParameter.Typed(NpgsqlDbType.Uuid, caller.Key?.Value), ended.Status,
            request.Model, request.IsStreamed, SqlParameter.Typed(NpgsqlDbType.Text, request.PreviousId), request.Body.ToArray(),
            ended.Response.ToArray(), clock.GetUtcNow() + Lifetime);
        await KeepItemsAsync(work, ended, cancellation);
        await work.CommitAsync(cancellation);
    }

    internal static async Task<StoredResponse?> FindAsync(TenantWork work, UserId user, string id, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            $"select {Columns} from responses where tenant_id = $1 and user_id = $2 and id = $3 and expires_at > now()",
            Read, cancellation, work.Tenant, user, id);
        return found is [var one] ? one : null;
    }

    /// <summary>Items of output by their ids; those that are not there are missing from the answer.</summary>
    internal static async Task<Dictionary<string, JsonElement>> FindItemsAsync(
        TenantWork work, UserId user, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        if (ids.Count == 0)
        {
            return [];
        }

        var outputs = await work.QueryAsync(
            """
            select distinct on (r.id) r.response from response_items i join responses r on r.tenant_id = i.tenant_id and r.id = i.response_id
            where i.tenant_id = $1 and i.id = any($3) and r.user_id = $2 and r.expires_at > now()
            """,
            row => row.GetFieldValue<byte[]>(0), cancellation, work.Tenant, user, ids.ToArray());
        HashSet<string> wanted = new(ids, StringComparer.Ordinal);
        Dictionary<string, JsonElement> found = new(StringComparer.Ordinal);
        foreach (byte[] response in outputs)
        {
            using var document = JsonDocument.Parse(response);
            foreach (var item in document.RootElement.GetProperty("output").EnumerateArray())
            {
                if (item.TryGetProperty("id", out var id) && id.GetString() is { } named && wanted.Contains(named))
                {
                    found.TryAdd(named, item.Clone());
                }
            }
        }

        return found;
    }

    internal static async Task KeepItemsAsync(TenantWork work, EndedResponse ended, CancellationToken cancellation)
    {
        if (ended.Items.Count > 0)
        {
            await work.ExecuteAsync(
                "insert into response_items (tenant_id, id, response_id) select $1, item, $2 from unnest($3) as item on conflict do nothing",
                cancellation, work.Tenant, ended.Id, ended.Items.ToArray());
        }
    }

    internal static StoredResponse Read(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetBoolean(2), row.GetFieldValue<byte[]>(3), row.GetFieldValue<byte[]>(4),
        row.IsDBNull(5) ? null : JobId.From(row.GetGuid(5)), row.GetFieldValue<DateTimeOffset>(6));
}
