using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Jobs;

/// <summary>A job as a worker holds it.</summary>
internal sealed class JobLease
{
    private readonly Lock _gate = new();
    private double _progress;
    private string? _stage;
    private bool _reported;
    private volatile bool _isEnding;

    public required JobId Id { get; init; }

    public required TenantId Tenant { get; init; }

    public required string Kind { get; init; }

    public required string Queue { get; init; }

    /// <summary>The worker process that holds it. Beside the fence, since a lost commit could hand out a fence twice.</summary>
    public required Guid Worker { get; init; }

    public required long Fence { get; init; }

    /// <summary>When the job was first leased.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>What its running takes a place of, see <see cref="JobLimits.Lanes"/>.</summary>
    public string? Lane { get; init; }

    public Place Place => new(Tenant, Lane, Id);

    public required int Attempt { get; init; }

    public required int MaxAttempts { get; init; }

    public required ReadOnlyMemory<byte> Payload { get; init; }

    public required string? TraceParent { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required JobId? Parent { get; init; }

    public string? CancelReason { get; set; }

    /// <summary>What the attempt has said.</summary>
    public JobLines Lines { get; } = new();

    /// <summary>True from just before the commit that ends the attempt: from here on the row's state says nothing about a lost lease.</summary>
    public bool IsEnding
    {
        get => _isEnding;
        set => _isEnding = value;
    }

    /// <summary>What the handler has made of the job by itself: succeeded or waiting. Null: its outcome decides.</summary>
    public JobStatus? Ended { get; set; }

    public void ReportProgress(double progress, string? stage)
    {
        lock (_gate)
        {
            _progress = double.IsNaN(progress) ? _progress : Math.Clamp(progress, 0, 1);
            _stage = stage ?? _stage;
            _reported = true;
        }
    }

    public bool HasProgress
    {
        get
        {
            lock (_gate)
            {
                return _reported;
            }
        }
    }

    /// <summary>What was reported since it was last taken.</summary>
    public (double Progress, string? Stage)? TakeProgress()
    {
        lock (_gate)
        {
            if (!_reported)
            {
                return null;
            }

            _reported = false;
            return (_progress, _stage);
        }
    }
}
