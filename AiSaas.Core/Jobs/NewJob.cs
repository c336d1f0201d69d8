using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace AiSaas.Core.Jobs;

/// <summary>Orders the jobs of one tenant in one queue. It never lifts a tenant's job over another tenant's: turns do that.</summary>
public enum JobPriority
{
    High = 0,
    Normal = 1,
    Low = 2,
}

/// <summary>A job to submit.</summary>
public sealed record NewJob
{
    public NewJob(JobKind kind, ReadOnlyMemory<byte> payload)
    {
        Kind = kind;
        Payload = payload;
    }

    public static NewJob Of<T>(JobKind kind, T payload, JsonTypeInfo<T> shape) =>
        new(kind, JsonSerializer.SerializeToUtf8Bytes(payload, shape));

    public JobKind Kind { get; }

    /// <summary>UTF-8 JSON, at most 64 KiB: bigger inputs are rows or files that the payload names.</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Chosen by the submitter where its own rows point at the job; else made here.</summary>
    public JobId Id { get; init; } = JobId.New();

    public JobPriority Priority { get; init; } = JobPriority.Normal;

    /// <summary>Not before; null is now.</summary>
    public DateTimeOffset? RunAt { get; init; }

    /// <summary>While a job of this kind and key is queued or running in the tenant, submitting another one yields that one's id.</summary>
    public string? DedupeKey { get; init; }

    /// <summary>The job that waits for this one, see <see cref="JobContext.AwaitChildrenAsync"/>; of the same tenant.</summary>
    public JobId? Parent { get; init; }

    /// <summary>What it needs that is scarce, e.g. <c>provider:openai</c>; at most 50 of <c>a-z 0-9 : . _ -</c>.</summary>
    public string? Lane { get; init; }

    /// <summary>How often it may be tried before it is dead.</summary>
    public int MaxAttempts { get; init; } = 5;
}
