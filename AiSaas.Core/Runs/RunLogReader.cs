using AiSaas.Core.Chat;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Runs;

/// <summary>One event of a run's log.</summary>
/// <param name="Id">The position to resume from; null on events that stand for the whole answer (the log was lost).</param>
/// <param name="Json">The part, UTF-8.</param>
public readonly record struct RunEvent(RunEventId? Id, ReadOnlyMemory<byte> Json);

/// <summary>Follows runs: what is there, then what comes, until the answer's end.</summary>
public sealed class RunLogReader
{
    /// <summary>Everything after <paramref name="after"/> (null: from the start), ending after the <c>finish</c> part.</summary>
    public IAsyncEnumerable<RunEvent> ReadAsync(TenantId tenant, RunId run, RunEventId? after, CancellationToken cancellation) =>
        throw new NotImplementedException();
}
