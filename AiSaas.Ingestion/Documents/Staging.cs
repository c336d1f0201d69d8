using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Retrieval;
using NpgsqlTypes;

namespace AiSaas.Ingestion.Documents;

/// <summary>Where a document's next version stands on its way: begun, checkpointed, published, dropped.</summary>
/// <remarks>Every change is fenced by the job and finds the document's row first, so neither a worker that froze nor one whose
/// document was deleted writes anything. Order of locks everywhere: document, then job.</remarks>
internal sealed class Staging(ChangeSignals signals)
{
    /// <summary>Takes up the document where the last attempt left it.</summary>
    /// <exception cref="DocumentGoneException"/>
    public async Task<StagedDocument> BeginAsync(JobContext job, DocumentId document, CancellationToken cancellation)
    {
        StagedDocument? begun = null;
        await FencedAsync(job, document, async (work, token) => begun = await BeginAsync(work, job.JobId, document, token), cancellation);
        return begun!;
    }

    /// <summary>Writes something of the version under way, and how far it is.</summary>
    public Task StepAsync(
        JobContext job, StagedDocument document, Step step, Func<TenantWork, CancellationToken, Task> write, CancellationToken cancellation)
    {
        job.ReportProgress(step.Progress, step.Stage);
        return FencedAsync(
            job, document.Id,
            async (work, token) =>
            {
                await MarkAsync(work, document, step, token);
                await write(work, token);
            },
            cancellation);
    }

    /// <summary>Tells how far the version is while <see cref="WriteAsync"/> goes on beside it: neither waits for the other.</summary>
    public async Task TellAsync(JobContext job, StagedDocument document, Step step, CancellationToken cancellation)
    {
        job.ReportProgress(step.Progress, step.Stage);
        await job.FencedAsync(
            async (work, token) =>
            {
                await HoldAsync(work, job.JobId, document.Id, token, "no key update");
                await MarkAsync(work, document, step, token);
            },
            cancellation);
        signals.Changed(job.Tenant, document.Id.Value);
    }

    /// <summary>Writes something of the version under way beside other such writes: they don't wait for each other, and tell nobody.</summary>
    public static Task WriteAsync(JobContext job, StagedDocument document, Func<TenantWork, CancellationToken, Task> write, CancellationToken cancellation) =>
        job.FencedAsync(
            async (work, token) =>
            {
                await HoldAsync(work, job.JobId, document.Id, token, "key share");
                await write(work, token);
            },
            cancellation);

    /// <summary>The stage is whole: the next attempt starts after it.</summary>
    /// <param name="write">What completes it, in the same transaction.</param>
    public Task CheckpointAsync(
        JobContext job, StagedDocument document, string whole, Step step, Findings findings, CancellationToken cancellation,
        Func<TenantWork, CancellationToken, Task>? write = null) =>
        StepAsync(
            job, document, step,
            async (work, token) =>
            {
                await (write?.Invoke(work, token) ?? Task.CompletedTask);
                if (whole == "chunking")
                {
                    // Before they are embedded, so that corrected texts are.
                    await ChunkCarry.TakeOverAsync(work, document.Id, document.Version, last: false, token);
                }

                await work.ExecuteAsync(
                    """
                    update documents set staged_stage = $3, title = coalesce($4, title), notice = coalesce($5, notice),
                        pages = coalesce($6, pages), chunks = coalesce($7, chunks), staged_reading = coalesce($8, staged_reading)
                    where tenant_id = $1 and id = $2
                    """,
                    token, work.Tenant, document.Id, whole, SqlParameter.Typed(NpgsqlDbType.Text, findings.Title),
                    SqlParameter.Typed(NpgsqlDbType.Text, findings.Notice), SqlParameter.Typed(NpgsqlDbType.Integer, findings.Pages),
                    SqlParameter.Typed(NpgsqlDbType.Integer, findings.Chunks), SqlParameter.Typed(NpgsqlDbType.Text, findings.Reading));
            },
            cancellation);

    /// <summary>Makes the version the one that search and readers see, all of it at once, while vectors are still to come.</summary>
    public Task PublishAsync(JobContext job, StagedDocument document, Step step, CancellationToken cancellation) =>
        FencedAsync(
            job, document.Id, (work, token) => SwapAsync(work, document, step, token), cancellation);

    /// <summary>The end: publishes where that has not happened yet, and completes the job in the same transaction.</summary>
    public async Task FinishAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        await job.CompleteAsync(
            async (work, token) =>
            {
                await HoldAsync(work, job.JobId, document.Id, token);
                Step end = new("ready", 1, null);
                if (document.IsPublished)
                {
                    await MarkAsync(work, document, end, token);
                }
                else
                {
                    await SwapAsync(work, document, end, token);
                }
            },
            resultJson: null, cancellation);
        signals.Changed(job.Tenant, document.Id.Value);
    }

    /// <summary>Removes what was written of the version under way: it is begun anew.</summary>
    public Task ClearAsync(JobContext job, StagedDocument document, CancellationToken cancellation) =>
        FencedAsync(job, document.Id, (work, token) => ClearAsync(work, document.Id, $"version = {document.Version}", token), cancellation);

    /// <summary>Removes what was written of a version that will never be whole.</summary>
    public Task DropAsync(JobContext job, DocumentId document, CancellationToken cancellation) =>
        FencedAsync(
            job, document,
            async (work, token) =>
            {
                await ClearAsync(work, document, "version is distinct from (select version from documents where tenant_id = $1 and id = $2)", token);
                await ChunkIndexer.DropSlicesAsync(work, document, kept: -1, token);
                await work.ExecuteAsync(
                    """
                    update documents set staged_stage = null, pages = case when version is null then null else pages end,
                        chunks = case when version is null then null else chunks end
                    where tenant_id = $1 and id = $2
                    """,
                    token, work.Tenant, document);
            },
            cancellation);

    private async Task FencedAsync(
        JobContext job, DocumentId document, Func<TenantWork, CancellationToken, Task> effects, CancellationToken cancellation)
    {
        await job.FencedAsync(
            async (work, token) =>
            {
                await HoldAsync(work, job.JobId, document, token);
                await effects(work, token);
            },
            cancellation);
        signals.Changed(job.Tenant, document.Value);
    }

    // A key share suffices to keep the row there, and its job: deleting and taking over both wait for it.
    private static async Task HoldAsync(
        TenantWork work, JobId job, DocumentId document, CancellationToken cancellation, string strength = "update")
    {
        if (!await work.ScalarAsync<bool>(
            $"select true from documents where tenant_id = $1 and id = $2 and job_id = $3 for {strength}", cancellation, work.Tenant, document, job))
        {
            throw new DocumentGoneException();
        }
    }

    private static async Task<StagedDocument> BeginAsync(TenantWork work, JobId job, DocumentId document, CancellationToken cancellation)
    {
        // Without a checkpoint a new version is begun. With one, what the interrupted attempt wrote beyond it is removed.
        var found = await work.QueryAsync(
            """
            update documents set
                staged_version = case when staged_stage is null then greatest(coalesce(version, 0), coalesce(staged_version, 0)) + 1 else staged_version end,
                status = case when status = 'ready' then 'ready' else 'running' end,
                stage = case when staged_stage is null then 'parsing' when staged_stage = 'parsing' then 'chunking' when staged_stage = 'unpacking' then 'contents'
                    else 'embedding' end,
                error_code = null, error_detail = null, eta_seconds = null, updated_at = now()
            where tenant_id = $1 and id = $2 and job_id = $3
            returning collection_id, name, content_type, title, staged_version, staged_stage, staged_version is not distinct from version, coalesce(pages, 0),
                created_by, charset
            """,
            row => new StagedDocument(
                document, CollectionId.From(row.GetGuid(0)), row.GetString(1), row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3),
                row.GetInt64(4), row.IsDBNull(5) ? null : row.GetString(5), row.GetBoolean(6), row.GetInt32(7), row.IsDBNull(8) ? null : UserId.From(row.GetGuid(8)),
                row.IsDBNull(9) ? null : row.GetString(9)),
            cancellation, work.Tenant, document, job);
        var staged = found[0];
        await ClearAsync(
            work, document,
            $"version is distinct from (select version from documents where tenant_id = $1 and id = $2) and version <> {staged.Version}",
            cancellation);
        await ChunkIndexer.DropSlicesAsync(work, document, staged.Version, cancellation);
        if (staged.Whole == "parsing")
        {
            await work.ExecuteAsync(
                "delete from chunks where tenant_id = $1 and document_id = $2 and version = $3", cancellation, work.Tenant, document, staged.Version);
        }

        return staged;
    }

    private static async Task MarkAsync(TenantWork work, StagedDocument document, Step step, CancellationToken cancellation)
    {
        int marked = await work.ExecuteAsync(
            """
            update documents set stage = $4, progress = greatest(progress, $5), eta_seconds = $6, updated_at = now(),
                status = case when $4 = 'ready' then 'ready' else status end,
                staged_stage = case when $4 = 'ready' then null else staged_stage end
            where tenant_id = $1 and id = $2 and staged_version = $3
            """,
            cancellation, work.Tenant, document.Id, document.Version, step.Stage, (float)step.Progress,
            SqlParameter.Typed(NpgsqlDbType.Integer, step.EtaSeconds));
        if (marked == 0)
        {
            throw new DocumentGoneException();
        }
    }

    private static async Task SwapAsync(TenantWork work, StagedDocument document, Step step, CancellationToken cancellation)
    {
        await MarkAsync(work, document, step, cancellation);
        await ChunkCarry.TakeOverAsync(work, document.Id, document.Version, last: true, cancellation);
        bool isFirst = await work.ScalarAsync<bool>(
            "select version is null from documents where tenant_id = $1 and id = $2", cancellation, work.Tenant, document.Id);
        await work.ExecuteAsync(
            "update documents set version = staged_version, reading = staged_reading, status = 'ready', ready_at = now() where tenant_id = $1 and id = $2",
            cancellation, work.Tenant, document.Id);
        await DocumentVersions.PublishedAsync(work, document.Id, cancellation);
        // Locks the tenant's word statistics until the commit, so it comes after the rest.
        await ClearAsync(work, document.Id, $"version <> {document.Version}", cancellation);
        await (document.IsIndexed
            ? ChunkIndexer.ShowAsync(work, document.Id, document.Version, isFirst, cancellation)
            : ChunkIndexer.IndexAsync(work, document.Id, document.Version, cancellation));
    }

    private static async Task ClearAsync(TenantWork work, DocumentId document, string which, CancellationToken cancellation)
    {
        foreach (string table in (string[])["chunks", "document_pages"])
        {
            await using var command = work.Command(
                $"delete from {table} where tenant_id = $1 and document_id = $2 and {which}", work.Tenant, document);
            command.CommandTimeout = 300;
            await command.ExecuteNonQueryAsync(cancellation);
        }
    }
}

/// <param name="Progress">0 to 1 over all stages.</param>
internal sealed record Step(string Stage, double Progress, int? EtaSeconds);

/// <summary>What a stage has learned of the document; null where nothing.</summary>
/// <param name="Reading">How it was read, as <see cref="ReadingDigest"/> names it.</param>
internal sealed record Findings(string? Title = null, string? Notice = null, int? Pages = null, int? Chunks = null, string? Reading = null);
