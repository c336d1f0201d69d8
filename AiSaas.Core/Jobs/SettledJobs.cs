using AiSaas.Contracts.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Jobs;

public enum DeleteAnswer
{
    Deleted,

    /// <summary>The tenant has no such job.</summary>
    NotFound,

    /// <summary>It is queued or running: cancel it first.</summary>
    Active,

    /// <summary>A job at work needs it: one that waits for it, or one below it.</summary>
    Needed,
}

/// <summary>What becomes of jobs that have ended: many tried again, deleted one by one or by status.</summary>
/// <remarks>Requests are bounded; the cursor that each answers goes on where it stopped. Documents, answers and responses remember
/// the id of their job and do without the row: they keep their own state.</remarks>
public sealed class SettledJobs(TenantDatabase database, JobControl control)
{
    /// <summary>How many jobs one request goes through.</summary>
    public const int Page = 500;

    private const string Needed = """
        (exists (select from jobs o where o.id = j.parent_id and o.status in ('queued', 'running', 'waiting'))
            or exists (select from jobs c where c.parent_id = j.id and c.status in ('queued', 'running', 'waiting')))
        """;

    /// <summary>Queues jobs of a status again, newest first, each in a transaction of its own: its kind may refuse.</summary>
    /// <param name="before">The cursor of the answer before.</param>
    public async Task<RetriedJobs> RetryAsync(TenantId tenant, JobStatus status, string? kind, JobId? before, CancellationToken cancellation)
    {
        var (ids, next) = await PageAsync(tenant, status, kind, before, cancellation);
        int retried = 0;
        foreach (var id in ids)
        {
            retried += await control.RetryAsync(tenant, id, cancellation) == RetryAnswer.Queued ? 1 : 0;
        }

        return new(retried, ids.Count - retried, next);
    }

    public async Task<DeleteAnswer> DeleteAsync(TenantId tenant, JobId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            $"select j.status, {Needed} from jobs j where j.tenant_id = $1 and j.id = $2 for update of j",
            row => (Status: JobStatusNames.Parse(row.GetString(0)), Needed: row.GetBoolean(1)), cancellation, tenant, id);
        switch (found)
        {
            case []:
                return DeleteAnswer.NotFound;
            case [(var status, _)] when !status.IsSettled():
                return DeleteAnswer.Active;
            case [(_, true)]:
                return DeleteAnswer.Needed;
        }

        await work.ExecuteAsync("delete from jobs where tenant_id = $1 and id = $2", cancellation, tenant, id);
        await work.CommitAsync(cancellation);
        return DeleteAnswer.Deleted;
    }

    /// <summary>Deletes jobs of a settled status, newest first.</summary>
    /// <param name="before">The cursor of the answer before.</param>
    public async Task<PurgedJobs> PurgeAsync(TenantId tenant, JobStatus status, string? kind, JobId? before, CancellationToken cancellation)
    {
        var (ids, next) = await PageAsync(tenant, status, kind, before, cancellation);
        await using var work = await database.BeginAsync(tenant, cancellation);
        // Locked first, in the order of ids: one that somebody tries again this moment is no longer of this status.
        long deleted = await work.ScalarAsync<long>(
            $"""
            with doomed as materialized (
                select j.id from jobs j where j.tenant_id = $1 and j.id = any ($2) and j.status = $3 and not {Needed}
                order by j.id for update of j),
            gone as (
                delete from jobs j using doomed where j.id = doomed.id returning 1)
            select count(*) from gone
            """, cancellation, tenant, SqlParameter.Ids(ids), status.Name());
        await work.CommitAsync(cancellation);
        return new((int)deleted, ids.Count - (int)deleted, next is not null, next);
    }

    private async Task<(IReadOnlyList<JobId> Ids, Guid? Next)> PageAsync(
        TenantId tenant, JobStatus status, string? kind, JobId? before, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await JobReader.PageAsync(work, new(status, kind), before, Page, cancellation);
    }
}
