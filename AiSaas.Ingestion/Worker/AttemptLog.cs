using System.Collections.Concurrent;
using System.Globalization;
using AiSaas.Contracts.Common;
using AiSaas.Core.Jobs;
using Npgsql;

namespace AiSaas.Ingestion.Worker;

/// <summary>Keeps with each job how its attempts went, so that a dead one can be understood.</summary>
/// <remarks>Lines wait in memory and are written once a second, those of all jobs in one statement. A job that succeeds at once and
/// says nothing leaves no line: most jobs are of that sort. Lines are for people; no promise hangs on them.</remarks>
internal sealed partial class AttemptLog(JobStore store, LeaseKeeper keeper, TimeProvider clock, ILogger<AttemptLog> logger)
{
    private const int LargestBacklog = 20_000;
    private const int Batch = 2_000;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWrite = TimeSpan.FromSeconds(3);

    private readonly ConcurrentQueue<JobLine> _ended = new();
    private readonly string _worker = keeper.Worker.ToString("n")[^8..];

    public void Began(JobLease lease) =>
        Say(lease, string.Create(CultureInfo.InvariantCulture, $"Attempt {lease.Attempt} of {lease.MaxAttempts} began on worker {_worker}."));

    public void Threw(JobLease lease, Exception failure) => Say(lease, $"It threw {failure.GetType().Name}.");

    public void Pauses(JobLease lease, JobOutcome.Retry retry, TimeSpan pause) =>
        Say(lease, string.Create(
            CultureInfo.InvariantCulture, $"{Words(retry.Failure)} ({Words(retry.Class)}). Next attempt in {pause.TotalSeconds:0.0} s."));

    /// <param name="status">What the job has become; null: the lease was lost.</param>
    public void Ended(JobLease lease, JobOutcome? outcome, JobStatus? status, TimeSpan took)
    {
        if (status == JobStatus.Succeeded && lease is { Attempt: 1, Lines.Said: 1 })
        {
            lease.Lines.Take();
            return;
        }

        string? line = status switch
        {
            null => "The lease was lost: another worker has the job, or it has ended.",
            JobStatus.Succeeded => string.Create(CultureInfo.InvariantCulture, $"Succeeded after {took.TotalSeconds:0.0} s."),
            JobStatus.Waiting => "Waits for its children.",
            JobStatus.Canceled => $"Canceled ({lease.CancelReason ?? "handler"}).",
            JobStatus.Failed when outcome is JobOutcome.Failed failed => $"{Words(failed.Failure)}. Trying again would be useless.",
            JobStatus.Dead when outcome is JobOutcome.Retry retry => $"{Words(retry.Failure)} ({Words(retry.Class)}). No tries are left.",
            JobStatus.Queued when outcome is JobOutcome.Canceled => "This worker is going: the job was given back.",
            _ => null,
        };
        if (line is not null)
        {
            Say(lease, line);
        }

        Keep(lease.Lines.Take());
    }

    /// <summary>Their workers went silent, and the sweep has put them back. Written at once: only until the next one takes them over do
    /// their rows say which attempt it was.</summary>
    public Task WentSilentAsync(IReadOnlyList<JobId> jobs, CancellationToken cancellation) => WriteAsync(
        [.. jobs.Select(job => new JobLine(job, clock.GetUtcNow(), null, true, "The worker went silent: the job was put back, and another takes it over."))],
        cancellation);

    /// <summary>Writes until it is told to stop, and then what is left.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using PeriodicTimer timer = new(Interval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await WriteAsync(stopping);
            }
        }
        finally
        {
            using CancellationTokenSource limit = new(LastWrite, clock);
            await WriteAsync(limit.Token);
        }
    }

    /// <summary>Writes what has been said until now.</summary>
    public async Task WriteAsync(CancellationToken cancellation)
    {
        foreach (var job in keeper.Active)
        {
            Keep(job.Lease.Lines.Take());
        }

        List<JobLine> lines = [];
        while (!_ended.IsEmpty)
        {
            while (lines.Count < Batch && _ended.TryDequeue(out var line))
            {
                lines.Add(line);
            }

            if (!await WriteAsync(lines, cancellation))
            {
                return;
            }

            lines.Clear();
        }
    }

    private async Task<bool> WriteAsync(IReadOnlyList<JobLine> lines, CancellationToken cancellation)
    {
        try
        {
            await store.WriteLogsAsync(lines, JobLines.Most, cancellation);
            return true;
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            Log.NotWritten(logger, lines.Count, failure.Message);
            if (failure is not PostgresException)
            {
                // The database is away: they keep, as long as there is room.
                Keep(lines);
            }

            return false;
        }
    }

    private void Say(JobLease lease, string line) => lease.Lines.Add(new(lease.Id, clock.GetUtcNow(), lease.Attempt, true, line));

    private void Keep(IReadOnlyList<JobLine> lines)
    {
        if (_ended.Count + lines.Count > LargestBacklog)
        {
            Log.NotWritten(logger, lines.Count, "too many wait");
            return;
        }

        foreach (var line in lines)
        {
            _ended.Enqueue(line);
        }
    }

    private static string Words(Failure failure) => $"{failure.Detail.TrimEnd('.')} [{failure.Code}]";

    private static string Words(ErrorClass error) => error switch
    {
        ErrorClass.Transient => "passing",
        ErrorClass.RateLimited => "rate limited",
        ErrorClass.Unavailable => "unavailable",
        _ => "unexpected",
    };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Lines} lines of jobs' logs are not written: {Reason}")]
        public static partial void NotWritten(ILogger logger, int lines, string reason);
    }
}
