using AiSaas.Contracts.Common;
using AiSaas.Core.Batches;
using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Batches;

/// <summary>A batch from its items to its end; its parts do the work.</summary>
/// <remarks>Each run of the handler takes the next step that is due: read the file (where it came with one), hand out the parts and
/// wait for them, end. A step that a crash interrupts was not taken.</remarks>
internal sealed class RunBatch(TenantDatabase database, JobQueue jobs, BatchIntake intake, IFileStore files, IOptions<BatchOptions> options) : IJobHandler
{
    /// <summary>Of attempts in which a part got nothing done at all.</summary>
    private const int PartAttempts = 30;

    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        if (await FindAsync(context, cancellation) is not { HasEnded: false } batch)
        {
            return JobOutcome.Done;
        }

        if (!batch.IsRead && await ReadFileAsync(context, batch, cancellation) is { } fault)
        {
            return new JobOutcome.Failed(new(fault.Code, fault.Message));
        }

        return batch.IsHandedOut ? await EndAsync(context, cancellation) : await HandOutAsync(context, cancellation);
    }

    private async Task<BatchRow?> FindAsync(JobContext context, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(context.Tenant, cancellation);
        return await BatchRows.FindAsync(work, context.JobId, cancellation);
    }

    private async Task<BatchFault?> ReadFileAsync(JobContext context, BatchRow batch, CancellationToken cancellation)
    {
        context.ReportProgress(0, "reading");
        try
        {
            await using var draft = intake.Draft(batch.Endpoint);
            draft.Submission.Set("model", batch.Model);
            await using (var content = await OpenAsync(context, batch, cancellation) ?? throw new BatchFaultException(new("batch:no-file", "The file is gone.")))
            {
                await intake.ReadLinesAsync(draft, content, cancellation);
            }

            await intake.EndAsync(draft, batch.Caller.In(context.Tenant), cancellation);
            await context.FencedAsync(
                (work, token) => BatchRows.FillAsync(work, batch.Id, draft, options.Value, token), cancellation);
            return null;
        }
        catch (BatchFaultException refused)
        {
            await context.FencedAsync((work, token) => BatchRows.RejectAsync(work, batch.Id, refused.Fault, token), cancellation);
            return refused.Fault;
        }
    }

    private async Task<Stream?> OpenAsync(JobContext context, BatchRow batch, CancellationToken cancellation)
    {
        BatchFile? file;
        await using (var work = await database.BeginAsync(context.Tenant, cancellation))
        {
            file = await BatchFiles.FindAsync(work, batch.InputFile!.Value, cancellation);
        }

        return file?.Content is { } content ? await files.OpenAsync(context.Tenant, content, cancellation) : null;
    }

    private async Task<JobOutcome> HandOutAsync(JobContext context, CancellationToken cancellation)
    {
        await context.AwaitChildrenAsync(
            async (work, token) =>
            {
                var open = await BatchRows.OpenPartsAsync(work, context.JobId, token);
                short priority = await work.ScalarAsync<short>("select priority from jobs where id = $1", token, context.JobId);
                await jobs.EnqueueAllAsync(
                    work,
                    [.. open.Select(first => NewJob.Of(JobKind.BatchPart, new BatchPartJob(context.JobId.Value, first), BatchJobJson.Default.BatchPartJob) with
                    {
                        Parent = context.JobId,
                        Priority = (JobPriority)priority,
                        MaxAttempts = PartAttempts,
                    })],
                    token);
                await BatchRows.HandOutAsync(work, context.JobId, token);
            },
            cancellation);
        return new JobOutcome.Waiting();
    }

    private async Task<JobOutcome> EndAsync(JobContext context, CancellationToken cancellation)
    {
        long unpaid;
        BatchTotals? totals;
        await using (var work = await database.BeginAsync(context.Tenant, cancellation))
        {
            totals = await BatchTotals.ReadAsync(work, context.JobId, cancellation);
            unpaid = await work.ScalarAsync<long>(
                "select count(*) from batch_results where tenant_id = $1 and batch_id = $2 and code = 'insufficient_quota'",
                cancellation, context.Tenant, context.JobId);
        }

        if (unpaid > 0)
        {
            return new JobOutcome.Failed(new Failure(
                "batch:budget-spent", $"A budget had too little left for {unpaid} of the requests. When it has more, retry the job: it makes those and no others."));
        }

        // All parts have ended: what has no result by now gets none.
        string? result = totals is null ? null : (totals with { Failed = totals.Total - totals.Succeeded }).ResultJson();
        await context.CompleteAsync((work, token) => BatchRows.EndAsync(work, context.JobId, "succeeded", token), result, cancellation);
        return JobOutcome.Done;
    }
}
