using System.Text.Json;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Wire.Responses;
using NpgsqlTypes;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Responses that nobody waits for: accepted, watched, cancelled, deleted.</summary>
public sealed class BackgroundResponses(TenantDatabase database, JobQueue jobs, ChangeSignals signals, TimeProvider clock)
{
    /// <summary>How many a tenant may have waiting and under way.</summary>
    public const int MostOpen = 10_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Writes the response and its job in one transaction.</summary>
    /// <returns>The response as the client is shown it; or why not.</returns>
    public async Task<(StoredResponse? Accepted, GatewayError? Refusal)> AcceptAsync(
        GatewayCaller caller, ResponseRequest request, CacheWish cache, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(caller);
        ArgumentNullException.ThrowIfNull(request);
        await using var work = await database.BeginAsync(caller.Tenant, cancellation);
        if (await work.ScalarAsync<long>(
            "select count(*) from (select from responses where tenant_id = $1 and ended_at is null limit $2) open", cancellation, caller.Tenant, MostOpen) >= MostOpen)
        {
            return (null, new(429, "rate_limit_exceeded", $"{MostOpen} background responses are waiting or under way already.", RetryAfter: TimeSpan.FromSeconds(30)));
        }

        string id = BlankResponse.NewId();
        var now = clock.GetUtcNow();
        byte[] body = request.Body.ToArray();
        byte[] queued = BlankResponse.Write(body, id, "queued", now).ToArray();
        var job = await jobs.EnqueueAsync(work, NewJob.Of(JobKind.Response, new ResponseJob(id), ResponseJson.Default.ResponseJob), cancellation);
        await work.ExecuteAsync(
            """
            insert into responses (tenant_id, id, user_id, key_id, status, model, background, streamed, job_id, caller, previous_id, request, response, created_at, expires_at)
            values ($1, $2, $3, $4, 'queued', $5, true, $6, $7, $8, $9, $10, $11, $12, $13)
            """,
            cancellation, caller.Tenant, id, caller.User, SqlParameter.Typed(NpgsqlDbType.Uuid, caller.Key?.Value), request.Model, request.IsStreamed, job,
            SqlParameter.Json(JsonSerializer.Serialize(KeptCaller.Of(caller, cache), ResponseJson.Default.KeptCaller)),
            SqlParameter.Typed(NpgsqlDbType.Text, request.PreviousId), body, queued, now, now + ResponseStore.Lifetime);
        await work.CommitAsync(cancellation);
        return (new(id, "queued", true, body, queued, job, now), null);
    }

    /// <summary>Stops a response's job, and waits a little for the worker to say so.</summary>
    /// <returns>The response as it stands then; null when there is none.</returns>
    public async Task<StoredResponse?> CancelAsync(TenantId tenant, UserId user, string id, CancellationToken cancellation)
    {
        var found = await FindAsync(tenant, user, id, cancellation);
        if (found is not { Job: { } job, HasEnded: false })
        {
            return found;
        }

        await using var watch = await signals.WatchAsync(tenant, job.Value, cancellation);
        await jobs.CancelAsync(tenant, job, "cancel", cancellation);
        long from = clock.GetTimestamp();
        while ((found = await FindAsync(tenant, user, id, cancellation)) is { HasEnded: false } && clock.GetElapsedTime(from) < Patience)
        {
            await watch.WaitAsync(Poll, cancellation);
        }

        return found;
    }

    /// <summary>Forgets a response, its job too.</summary>
    /// <returns>False when there is none.</returns>
    public async Task<bool> DeleteAsync(TenantId tenant, UserId user, string id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await ResponseStore.FindAsync(work, user, id, cancellation) is not { } found)
        {
            return false;
        }

        await work.ExecuteAsync("delete from responses where tenant_id = $1 and id = $2", cancellation, tenant, id);
        if (found is { Job: { } job, HasEnded: false })
        {
            await jobs.CancelAsync(work, job, "deleted", cancellation);
        }

        await work.CommitAsync(cancellation);
        return true;
    }

    private async Task<StoredResponse?> FindAsync(TenantId tenant, UserId user, string id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await ResponseStore.FindAsync(work, user, id, cancellation);
    }
}
