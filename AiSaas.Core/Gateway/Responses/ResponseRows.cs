using System.Text.Json;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>What a worker needs to make a response.</summary>
internal sealed record ResponseTask(string Id, KeptCaller Caller, ReadOnlyMemory<byte> Request, DateTimeOffset CreatedAt);

/// <summary>The row of a background response under way: read at its start, written at its end, both inside the job's fence.</summary>
internal static class ResponseRows
{
    /// <returns>Null when it has ended or is gone: there is nothing left to do.</returns>
    public static async Task<ResponseTask?> BeginAsync(TenantWork work, string id, CancellationToken cancellation)
    {
        var begun = await work.QueryAsync(
            """
            update responses set status = 'in_progress' where tenant_id = $1 and id = $2 and ended_at is null
            returning caller::text, request, created_at
            """,
            row => new ResponseTask(
                id, JsonSerializer.Deserialize(row.GetString(0), ResponseJson.Default.KeptCaller)!, row.GetFieldValue<byte[]>(1),
                row.GetFieldValue<DateTimeOffset>(2)),
            cancellation, work.Tenant, id);
        return begun is [var task] ? task : null;
    }

    /// <summary>It will be tried again later.</summary>
    public static Task WaitAsync(TenantWork work, string id, CancellationToken cancellation) => work.ExecuteAsync(
        "update responses set status = 'queued' where tenant_id = $1 and id = $2 and ended_at is null", cancellation, work.Tenant, id);

    /// <returns>False when it has ended already or is gone.</returns>
    public static async Task<bool> EndAsync(TenantWork work, EndedResponse ended, CancellationToken cancellation)
    {
        int open = await work.ExecuteAsync(
            "update responses set status = $3, response = $4, ended_at = now() where tenant_id = $1 and id = $2 and ended_at is null",
            cancellation, work.Tenant, ended.Id, ended.Status, ended.Response.ToArray());
        if (open == 1)
        {
            await ResponseStore.KeepItemsAsync(work, ended, cancellation);
        }

        return open == 1;
    }
}
