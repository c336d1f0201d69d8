namespace AiSaas.Core.Jobs;

/// <summary>Another worker holds the job now, or it has ended: nothing of this attempt may be written any more.</summary>
public sealed class LeaseLostException(JobId job, long fence)
    : Exception($"The lease of job {job} with fence {fence} is lost.")
{
    public JobId Job { get; } = job;
}
