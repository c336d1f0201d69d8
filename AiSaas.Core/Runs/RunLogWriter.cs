using AiSaas.Core.Jobs;
using AiSaas.Core.Runs.Parts;

namespace AiSaas.Core.Runs;

/// <summary>Writes one attempt at an answer into the run's log. For one writer at a time.</summary>
/// <remarks>A Redis that is away or has lost the log never fails the answer: the writer remembers what it wrote and
/// gives the log all of it again. Only a newer fence stops it.</remarks>
public sealed class RunLogWriter : IAsyncDisposable
{
    /// <summary>Text deltas are gathered for up to 25 ms; every other part goes out at once, after the text before it.
    /// <see cref="FinishPart"/> closes the log.</summary>
    /// <exception cref="LeaseLostException">A later attempt has written: stop, and write nothing anywhere.</exception>
    public Task WriteAsync(StreamPart part, CancellationToken cancellation) => throw new NotImplementedException();

    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
