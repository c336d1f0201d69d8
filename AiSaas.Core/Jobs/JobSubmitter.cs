using System.Diagnostics;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Jobs;

/// <summary>Writes jobs that belong to no other row: those that come at the same time in one transaction, whoever's they are.</summary>
internal sealed class JobSubmitter : IDisposable
{
    private const int LargestStep = 500;
    private const int MostWaiting = 10_000;
    private const int TimeoutSeconds = 5;

    private readonly NpgsqlDataSource _source;
    private readonly JobDispatch _dispatch;
    private readonly TimeProvider _clock;
    private readonly Gathering<Submission, Guid?> _gathering;

    public JobSubmitter(NpgsqlDataSource source, JobDispatch dispatch, TimeProvider clock)
    {
        (_source, _dispatch, _clock) = (source, dispatch, clock);
        // Two abreast: while one waits for the disk, the other is on its way.
        _gathering = new(SubmitAsync, LargestStep, MostWaiting, abreast: 2);
    }

    public async Task<JobId> SubmitAsync(TenantId tenant, NewJob job, CancellationToken cancellation)
    {
        Submission submission = new(tenant, job, Activity.Current?.Id);
        while (true)
        {
            if (await _gathering.DoAsync(submission, cancellation) is { } id)
            {
                return JobId.From(id);
            }

            // The active one with its dedupe key ended in the same moment: the key is free now.
        }
    }

    public void Dispose() => _gathering.Dispose();

    // 1. The rows, without waiting for the disk: from here on workers may have them. 2. The disk, and meanwhile Redis. What a crash
    // undoes in between nobody was told of, and since the log is one, no completion outlives the job that it completes.
    private Task<IReadOnlyList<Guid?>> SubmitAsync(IReadOnlyList<Submission> step) => RefusedBinds.GuardAsync(
        _source,
        async connection =>
        {
            await using var batch = Batch(connection, [.. step]);
            await using var reader = await batch.ExecuteReaderAsync();
            Dictionary<Guid, Guid?> active = new(step.Count);
            while (await reader.ReadAsync())
            {
                active[reader.GetGuid(0)] = reader.IsDBNull(1) ? null : reader.GetGuid(1);
            }

            var now = _clock.GetUtcNow();
            ReadyJob[] added = [.. step.Where(submission => active[submission.Job.Id.Value] == submission.Job.Id.Value)
                .Select(submission => NewJobRows.Ready(submission.Tenant, submission.Job, now))];
            var pushing = _dispatch.TryPushAsync(added, CancellationToken.None);
            try
            {
                await reader.NextResultAsync();
            }
            finally
            {
                await pushing;
            }

            IReadOnlyList<Guid?> answers = [.. step.Select(submission => active[submission.Job.Id.Value])];
            return answers;
        },
        CancellationToken.None);

    private static NpgsqlBatch Batch(NpgsqlConnection connection, Submission[] step)
    {
        NpgsqlBatchCommand rows = new("""
            select s.id, s.active from set_config('synchronous_commit', 'off', true)
                cross join app.submit_jobs($1, $10, $2, $3, $4, $5, $6, $7, $11, $8, $9) s
            """);
        foreach (var column in NewJobRows.Columns(Array.ConvertAll(step, submission => submission.Job)))
        {
            rows.Parameters.Add(column);
        }

        rows.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = Array.ConvertAll(step, submission => submission.Tenant.Value) });
        rows.Parameters.Add(SqlParameter.Typed(
            NpgsqlDbType.Array | NpgsqlDbType.Text, Array.ConvertAll(step, submission => submission.Trace)));
        // A transaction each, in one round trip: the first answers as soon as it is done.
        return new(connection) { BatchCommands = { rows, new(JobQueue.ToDisk) }, EnableErrorBarriers = true, Timeout = TimeoutSeconds };
    }

    private sealed record Submission(TenantId Tenant, NewJob Job, string? Trace);
}
