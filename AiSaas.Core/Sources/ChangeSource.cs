using AiSaas.Contracts.Common;
using AiSaas.Contracts.Sources;
using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Jobs.Schedules;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Core.Sources;

/// <summary>What became of a change to a source.</summary>
public abstract record ChangeSourceOutcome
{
    private ChangeSourceOutcome()
    {
    }

    public sealed record Changed(SourceInfo Source) : ChangeSourceOutcome;

    public sealed record Refused(Failure Failure) : ChangeSourceOutcome;

    public sealed record NotFound : ChangeSourceOutcome;
}

/// <summary>Changes how far and when a source is fetched, and ends it.</summary>
public sealed class ChangeSource(
    TenantDatabase database, JobControl jobs, DeleteDocuments documents, ScheduleControl schedules, IOptions<SourcesOptions> options)
{
    // With what came in them: an address may lead to an archive.
    private const string DocumentsOf = """
        with recursive doomed as (
            select p.document_id as id from source_pages p where p.tenant_id = $1 and p.source_id = $2 and p.document_id is not null
            union
            select c.id from documents c join doomed d on c.parent_id = d.id where c.tenant_id = $1)
        select d.id, d.job_id from documents d join doomed using (id) where d.tenant_id = $1 order by d.id for update of d
        """;

    /// <summary>The next walk goes by it.</summary>
    public async Task<ChangeSourceOutcome> UpdateAsync(
        TenantId tenant, ScheduleAuthor author, SourceId source, UpdateSourceRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            """
            select s.url, j.cron, j.timezone from sources s left join job_schedules j on j.tenant_id = s.tenant_id and j.id = s.schedule_id
            where s.tenant_id = $1 and s.id = $2 for no key update of s
            """,
            row => (Url: row.GetString(0), Cron: row.IsDBNull(1) ? "" : row.GetString(1), Zone: row.IsDBNull(2) ? "UTC" : row.GetString(2)),
            cancellation, tenant, source);
        if (found is not [var now])
        {
            return new ChangeSourceOutcome.NotFound();
        }

        if (AddSource.Fault(options.Value, request.Depth, request.MaxPages) is { } fault)
        {
            return new ChangeSourceOutcome.Refused(fault);
        }

        await work.ExecuteAsync(
            "update sources set depth = coalesce($3, depth), max_pages = coalesce($4, max_pages), updated_at = now() where tenant_id = $1 and id = $2",
            cancellation, tenant, source, SqlParameter.Typed(NpgsqlDbType.Integer, request.Depth), SqlParameter.Typed(NpgsqlDbType.Integer, request.MaxPages));
        var (cron, zone) = (request.Refetch?.Trim() ?? now.Cron, request.Timezone ?? now.Zone);
        if ((cron, zone) != (now.Cron, now.Zone)
            && await RefetchSchedule.SetAsync(schedules, work, author, source, now.Url, cron, zone, cancellation) is { } refused)
        {
            return new ChangeSourceOutcome.Refused(refused);
        }

        var changed = await SourceLibrary.FindAsync(work, source, cancellation);
        await work.CommitAsync(cancellation);
        return new ChangeSourceOutcome.Changed(changed!);
    }

    /// <summary>Ends a source: its walk, its schedule, what is known of its pages.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="source">Which.</param>
    /// <param name="withDocuments">False keeps what was read; a document that still waits for its page fails, and says so.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <returns>Null where it doesn't exist.</returns>
    public async Task<SourceDeleted?> DeleteAsync(TenantId tenant, SourceId source, bool withDocuments, CancellationToken cancellation)
    {
        JobId? walk = null;
        var exists = async (TenantWork work, CancellationToken token) =>
        {
            var found = await work.QueryAsync(
                "select job_id from sources where tenant_id = $1 and id = $2",
                row => row.IsDBNull(0) ? (JobId?)null : JobId.From(row.GetGuid(0)), token, work.Tenant, source);
            walk = found is [var job] ? job : null;
            return found.Count == 1;
        };
        SourceDeleted? deleted;
        if (withDocuments)
        {
            var receipt = await documents.OfAsync(
                tenant, DocumentsOf, source.Value, exists, (work, token) => RemoveAsync(work, source, token), cancellation);
            deleted = receipt is null ? null : new SourceDeleted(source.Value, "deleted", receipt);
        }
        else
        {
            await using var work = await database.BeginAsync(tenant, cancellation);
            deleted = await exists(work, cancellation) ? new SourceDeleted(source.Value, "kept", null) : null;
            await RemoveAsync(work, source, cancellation);
            await work.CommitAsync(cancellation);
        }

        if (deleted is not null && walk is { } underWay)
        {
            // The rows are gone: the caller's hanging up must not keep the walk going. A walk is locked before its documents, so not before.
            await jobs.CancelAsync(tenant, underWay, "deleted", CancellationToken.None);
        }

        return deleted;
    }

    private static Task RemoveAsync(TenantWork work, SourceId source, CancellationToken cancellation) =>
        work.ExecuteAsync("delete from sources where tenant_id = $1 and id = $2", cancellation, work.Tenant, source);
}
