using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Outbound;
using AiSaas.Core.Persistence;
using NpgsqlTypes;

namespace AiSaas.Core.Webhooks;

/// <summary>How asking to be told of a job went. A closed type.</summary>
public abstract record AttachOutcome
{
    private AttachOutcome()
    {
    }

    /// <param name="Endpoint">Where its deliveries are logged and replayed.</param>
    /// <param name="Secret">What signs them; only when the address is new to the workspace. Show it once: it can't be read again, only
    /// rotated. Null: the receiver has it already.</param>
    public sealed record Attached(WebhookId Endpoint, string? Secret) : AttachOutcome;

    /// <summary>Not an address that we may call.</summary>
    /// <param name="Detail">In words, for the user.</param>
    public sealed record BadUrl(string Detail) : AttachOutcome;

    /// <summary>The workspace has <see cref="WebhookOutbox.MostOneOff"/> one-off addresses already.</summary>
    public sealed record TooMany : AttachOutcome;
}

/// <summary>Lets a job tell an address how it ended, without an endpoint set up before.</summary>
public sealed class WebhookOutbox(WebhookVault vault, AddressPolicy policy)
{
    public const int MostOneOff = 1_000;

    /// <summary>In the transaction that submits the job, before or after it: <c>job.succeeded</c>, <c>job.failed</c>, <c>job.dead</c>
    /// or <c>job.canceled</c> of this job will be delivered to <paramref name="url"/>.</summary>
    /// <remarks>An address that the workspace has set up as an endpoint is told under that endpoint's secret, and once. Another
    /// becomes an endpoint of kind <c>one-off</c>, which hears only the jobs that ask for it and which later jobs with the same
    /// address share. Names are resolved when something is sent, so here a name that leads to a forbidden network is still accepted.</remarks>
    public async Task<AttachOutcome> AttachAsync(TenantWork work, UserId? user, JobId job, string url, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!OutboundUrl.TryRead(url, policy, out var read, out string? fault))
        {
            return new AttachOutcome.BadUrl(fault);
        }

        var (endpoint, secret) = await FindAsync(work, read, cancellation) is { } standing
            ? (standing, null)
            : await OneOffAsync(work, user, read, cancellation);
        if (endpoint is not { } known)
        {
            return new AttachOutcome.TooMany();
        }

        await work.ExecuteAsync(
            "insert into webhook_jobs (tenant_id, job_id, endpoint_id) values ($1, $2, $3) on conflict do nothing",
            cancellation, work.Tenant, job, known);
        return new AttachOutcome.Attached(known, secret);
    }

    private static async Task<WebhookId?> FindAsync(TenantWork work, Uri url, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            "select id from webhook_endpoints where tenant_id = $1 and url = $2 and kind = 'standing' and enabled order by id limit 1",
            row => WebhookId.From(row.GetGuid(0)), cancellation, work.Tenant, url.AbsoluteUri);
        return found is [var id] ? id : null;
    }

    // Asking again for an address that was switched off switches it on: somebody wants to hear.
    private async Task<(WebhookId? Endpoint, string? Secret)> OneOffAsync(TenantWork work, UserId? user, Uri url, CancellationToken cancellation)
    {
        var known = await work.QueryAsync(
            """
            update webhook_endpoints set enabled = true, disabled_reason = null, disabled_at = null,
                failing_since = case when enabled then failing_since end, updated_at = now()
            where tenant_id = $1 and url = $2 and kind = 'one-off' returning id
            """,
            row => WebhookId.From(row.GetGuid(0)), cancellation, work.Tenant, url.AbsoluteUri);
        if (known is [var id])
        {
            return (id, null);
        }

        if (await work.ScalarAsync<long>(
            "select count(*) from webhook_endpoints where tenant_id = $1 and kind = 'one-off'", cancellation, work.Tenant) >= MostOneOff)
        {
            return (null, null);
        }

        var secret = WebhookSecret.New();
        var made = await work.QueryAsync(
            """
            insert into webhook_endpoints (id, tenant_id, kind, url, secret, created_by) values ($1, $2, 'one-off', $3, $4, $5)
            on conflict (tenant_id, url) where kind = 'one-off' do update set updated_at = now()
            returning id, xmax = 0
            """,
            row => (Id: WebhookId.From(row.GetGuid(0)), IsNew: row.GetBoolean(1)), cancellation,
            WebhookId.New(), work.Tenant, url.AbsoluteUri, vault.Protect(work.Tenant, secret),
            SqlParameter.Typed(NpgsqlDbType.Uuid, user?.Value));
        return (made[0].Id, made[0].IsNew ? secret.Reveal() : null);
    }
}
