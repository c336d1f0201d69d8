namespace AiSaas.Core.Jobs;

/// <summary>How many children a job has, and how those ended that have.</summary>
public sealed record ChildCounts(int Total, int Succeeded, int Failed, int Dead, int Canceled)
{
    public int Active => Total - Succeeded - Failed - Dead - Canceled;
}
