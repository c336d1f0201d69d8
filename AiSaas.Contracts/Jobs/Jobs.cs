using System.Text.Json;
using AiSaas.Contracts.Common;

namespace AiSaas.Contracts.Jobs;

/// <summary>GET <c>/api/jobs/{id}</c>, and each event of <c>/api/jobs/{id}/events</c>.</summary>
/// <param name="Status">queued, running, succeeded, failed, dead or canceled.</param>
/// <param name="Progress">0 to 1.</param>
public sealed record JobInfo(
    Guid Id, string Kind, string Status, double Progress, int Attempts, JsonElement? Result, Failure? Error,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt)
{
    public string? Queue { get; init; }

    /// <summary>high, normal or low, among the jobs of one workspace in one queue.</summary>
    public string? Priority { get; init; }

    /// <summary>Not before: as submitted, or after the pause that follows a failed attempt.</summary>
    public DateTimeOffset? RunAt { get; init; }

    public int? MaxAttempts { get; init; }

    /// <summary>What it is at, in the words of its handler.</summary>
    public string? Stage { get; init; }

    /// <summary>Why it was canceled: cancel, stop, deleted, …</summary>
    public string? CancelReason { get; init; }

    public string? DedupeKey { get; init; }

    /// <summary>The job that waits for this one.</summary>
    public Guid? Parent { get; init; }

    /// <summary>Null when it has none. Lists leave it out.</summary>
    public JobChildren? Children { get; init; }

    /// <summary>The document that an <c>ingest</c> job reads.</summary>
    public Guid? Document { get; init; }

    /// <summary>What it works on, in words: the document's name.</summary>
    public string? Subject { get; init; }
}

public sealed record JobChildren(int Total, int Active, int Succeeded, int Failed, int Dead, int Canceled);

/// <summary>GET <c>/api/jobs</c>: newest first.</summary>
/// <param name="Items">Without results: a single job carries its own.</param>
/// <param name="Next">For <c>before</c>; null on the last page. A page may be short and have a next one all the same.</param>
/// <param name="Counts">On the first page only.</param>
public sealed record JobList(IReadOnlyList<JobInfo> Items, Guid? Next, JobCounts? Counts);

/// <summary>How many jobs the workspace has by status. Each is counted up to <paramref name="Most"/>.</summary>
public sealed record JobCounts(int Queued, int Running, int Failed, int Dead, int Most);

/// <summary>GET <c>/api/jobs/{id}/logs</c>: oldest first, at most 200.</summary>
public sealed record JobLog(IReadOnlyList<JobLogLine> Items);

/// <param name="Attempt">1 for the first.</param>
/// <param name="Source"><c>worker</c>: how the attempt went; <c>handler</c>: what the work said.</param>
public sealed record JobLogLine(DateTimeOffset At, int Attempt, string Source, string Line);

/// <summary>POST <c>/api/jobs/retry</c>: all jobs of a status, some hundreds a request.</summary>
/// <param name="Status">failed or dead.</param>
/// <param name="Before">The <c>next</c> of the answer before.</param>
public sealed record RetryJobsRequest(string Status, string? Kind = null, Guid? Before = null);

/// <param name="Refused">Jobs that can't be tried again, such as answers that were given up.</param>
/// <param name="Next">There are more: send this as <c>before</c>.</param>
public sealed record RetriedJobs(int Retried, int Refused, Guid? Next);

/// <summary>DELETE <c>/api/jobs</c>.</summary>
/// <param name="Kept">Settled, but still needed by a job at work.</param>
/// <param name="More">There may be more: ask again, with <paramref name="Next"/> as <c>before</c>.</param>
public sealed record PurgedJobs(int Deleted, int Kept, bool More, Guid? Next);
