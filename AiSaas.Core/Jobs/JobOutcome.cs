using AiSaas.Contracts.Common;

namespace AiSaas.Core.Jobs;

/// <summary>How an attempt ended. A closed type: what is not listed here is an exception, i.e. a bug or a broken dependency.</summary>
public abstract record JobOutcome
{
    private JobOutcome()
    {
    }

    /// <summary>Done. Where the handler has not called <see cref="JobContext.CompleteAsync"/>, the job is completed with this result.</summary>
    public sealed record Succeeded(string? ResultJson = null) : JobOutcome;

    /// <summary>Useless to try again: the input is at fault. The job becomes <c>failed</c>.</summary>
    public sealed record Failed(Failure Failure) : JobOutcome;

    /// <summary>Try again, after a pause that the error class decides, or <paramref name="After"/>. Becomes <c>dead</c> when tries run out.</summary>
    /// <param name="Failure">What the job shows meanwhile, and in the end.</param>
    public sealed record Retry(ErrorClass Class, Failure Failure, TimeSpan? After = null) : JobOutcome;

    /// <summary>The handler stopped because it was asked to.</summary>
    public sealed record Canceled : JobOutcome;

    /// <summary>It waits for its children; <see cref="JobContext.AwaitChildrenAsync"/> has said so.</summary>
    public sealed record Waiting : JobOutcome;

    /// <summary>It has had its turn, and goes on, as the same attempt, after those that wait. What is done so far must be kept by its own checkpoints.</summary>
    public sealed record Yielded : JobOutcome;

    public static readonly Succeeded Done = new();
}

/// <summary>Why an attempt is worth repeating; decides the pause.</summary>
public enum ErrorClass
{
    /// <summary>A dropped connection, a deadlock, a restart: soon.</summary>
    Transient,

    /// <summary>The other side says "slower": later, and <c>After</c> where it said when.</summary>
    RateLimited,

    /// <summary>The other side is down: later still.</summary>
    Unavailable,

    /// <summary>Nobody foresaw it.</summary>
    Unexpected,
}
