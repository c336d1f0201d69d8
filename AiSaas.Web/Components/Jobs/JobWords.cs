using AiSaas.Contracts.Jobs;

namespace AiSaas.Web.Components.Jobs;

/// <summary>Jobs as people call them. Scripts/jobs/job-progress.ts says states alike.</summary>
internal static class JobWords
{
    public static string Kind(string kind) => kind switch
    {
        "ingest" => "Reading a document",
        "chat" => "Answering a question",
        "response" => "Background response",
        "batch" => "Batch",
        "batch-part" => "Part of a batch",
        "webhook" => "Webhook delivery",
        "evaluation" => "Evaluating search",
        "source" => "Fetching from the web",
        "source-pages" => "Some pages of the web",
        _ => kind,
    };

    public static string Status(string status) => status switch
    {
        "queued" => "Waiting",
        "running" => "Running",
        "succeeded" => "Done",
        "failed" => "Failed",
        "dead" => "Given up",
        "canceled" => "Canceled",
        _ => status,
    };

    public static string Tone(string status) => status switch
    {
        "succeeded" => "ok",
        "failed" or "dead" => "bad",
        "running" => "accent",
        _ => "",
    };

    /// <summary>What it waits for, or is at.</summary>
    public static string? Detail(JobInfo job, DateTimeOffset now) => job switch
    {
        { Status: "queued", RunAt: { } at } when at > now => $"{(job.Attempts > 0 ? "next try" : "starts")} {Shared.Human.Ahead(at, now)}",
        { Status: "running", Stage: { Length: > 0 } stage } => stage,
        { Status: "running", Children: { } parts } => $"{parts.Total - parts.Active} of {Shared.Human.Count(parts.Total, "part")}",
        { Status: "canceled", CancelReason: { } reason } => reason,
        _ => null,
    };

    public static bool MayCancel(JobInfo job) => job.Status is "queued" or "running";

    /// <summary>Answers and responses that ended are history; the api refuses them.</summary>
    public static bool MayRetry(JobInfo job) => job.Status is "failed" or "dead" or "canceled" && job.Kind is not ("chat" or "response");
}
