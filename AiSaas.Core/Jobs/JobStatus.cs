namespace AiSaas.Core.Jobs;

/// <summary>Where a job stands. <see cref="Failed"/>: its handler says that trying again is useless; <see cref="Dead"/>: tries ran out.</summary>
public enum JobStatus
{
    Queued,
    Running,

    /// <summary>For its children, without a lease; people see it as running.</summary>
    Waiting,
    Succeeded,
    Failed,
    Dead,
    Canceled,
}

public static class JobStatusNames
{
    public static string Name(this JobStatus status) => status switch
    {
        JobStatus.Queued => "queued",
        JobStatus.Running => "running",
        JobStatus.Waiting => "waiting",
        JobStatus.Succeeded => "succeeded",
        JobStatus.Failed => "failed",
        JobStatus.Dead => "dead",
        JobStatus.Canceled => "canceled",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };

    /// <exception cref="FormatException">The database's check constraint allows no other name.</exception>
    public static JobStatus Parse(string name) => name switch
    {
        "queued" => JobStatus.Queued,
        "running" => JobStatus.Running,
        "waiting" => JobStatus.Waiting,
        "succeeded" => JobStatus.Succeeded,
        "failed" => JobStatus.Failed,
        "dead" => JobStatus.Dead,
        "canceled" => JobStatus.Canceled,
        _ => throw new FormatException($"'{name}' is no job status."),
    };

    /// <summary>Reads what people call a status; <see cref="JobStatus.Waiting"/> they don't know.</summary>
    public static bool TryParseShown(string name, out JobStatus status)
    {
        foreach (var known in Enum.GetValues<JobStatus>())
        {
            if (known != JobStatus.Waiting && known.Name() == name)
            {
                status = known;
                return true;
            }
        }

        status = default;
        return false;
    }

    /// <summary>True once nothing will happen any more by itself.</summary>
    public static bool IsSettled(this JobStatus status) => status is not (JobStatus.Queued or JobStatus.Running or JobStatus.Waiting);
}
