using System.ComponentModel.DataAnnotations;
using AiSaas.Core.Jobs;

namespace AiSaas.Ingestion.Worker;

/// <summary>Section <c>Worker</c>.</summary>
public sealed class WorkerOptions : IValidatableObject
{
    public const string Section = "Worker";

    /// <summary>Which queues this instance serves, separated by commas.</summary>
    [Required]
    public string Queues { get; init; } = $"{JobQueues.Ingest},{JobQueues.Maintenance},{JobQueues.Sources}";

    /// <summary>How many jobs of a queue run at once in this instance; queues not named here have their own default.</summary>
    public Dictionary<string, int> Concurrency { get; init; } = [];

    /// <summary>How long a silent worker keeps its jobs.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan Sweep { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long running jobs may go on after SIGTERM before they are given back.</summary>
    public TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long one attempt may take, by kind; kinds not named here have their own default. Then it is tried again.</summary>
    public Dictionary<string, TimeSpan> Limits { get; init; } = [];

    /// <summary>How long a handler that was told to stop may take to do so before its slot and its job go on without it.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>With so many handlers that don't stop, the process ends in order to be started anew.</summary>
    [Range(1, 1000)]
    public int MostLeftBehind { get; init; } = 8;

    /// <summary>Above this much memory the worker drains and ends; unset means nine tenths of what the machine or container has.</summary>
    [Range(64, 1 << 24)]
    public int? MemoryLimitMb { get; init; }

    internal long MemoryLimitBytes => MemoryLimitMb is { } set ? (long)set << 20 : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 10 * 9;

    // Scanned books take long, a gigabyte's vectors half a day; an answer that takes this long has nobody waiting any more.
    internal TimeSpan LimitOf(JobKind kind) => Limits.TryGetValue(kind.Name, out var limit)
        ? limit
        : kind.Queue switch
        {
            JobQueues.Chat => TimeSpan.FromMinutes(20),
            JobQueues.Ingest => TimeSpan.FromHours(24),
            JobQueues.Webhooks => TimeSpan.FromMinutes(2),
            _ => TimeSpan.FromMinutes(30),
        };

    /// <summary>How long a place within the limits is held for a job without a heartbeat: a little longer than its lease.</summary>
    internal TimeSpan Place => Lease + TimeSpan.FromSeconds(1);

    internal IReadOnlyList<string> QueueNames => Queues.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    // Documents are bound by the processor; answers wait for models, webhooks for their receivers.
    internal int ConcurrencyOf(string queue) => Concurrency.TryGetValue(queue, out int amount)
        ? amount
        : queue switch
        {
            JobQueues.Chat or JobQueues.Webhooks => 64,
            JobQueues.Batch or JobQueues.Sources => 16,
            JobQueues.Evals => 4,
            JobQueues.Maintenance => 1,
            _ => 2,
        };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (QueueNames.Concat(Concurrency.Keys).Except(JobQueues.All).ToArray() is [_, ..] unknown)
        {
            yield return new($"No such queue: {string.Join(", ", unknown)}. There are {string.Join(", ", JobQueues.All)}.");
        }

        if (Concurrency.Values.Any(amount => amount is < 1 or > 10_000))
        {
            yield return new("Worker:Concurrency is 1 to 10000 per queue.");
        }

        if (Limits.Values.Append(Grace).Any(limit => limit <= TimeSpan.Zero || limit > TimeSpan.FromDays(7)))
        {
            yield return new("Worker:Limits and Worker:Grace are more than nothing and at most seven days.");
        }

        if (Heartbeat * 2 > Lease)
        {
            yield return new("Worker:Heartbeat must be less than half of Worker:Lease, or one late beat loses every job.");
        }
    }
}
