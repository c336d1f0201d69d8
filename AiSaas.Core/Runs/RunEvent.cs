namespace AiSaas.Core.Runs;

/// <summary>One event of a run's log.</summary>
/// <param name="Id">The position to resume from; null on events that stand for the whole answer (the log was lost).</param>
/// <param name="Json">The part, UTF-8.</param>
public readonly record struct RunEvent(RunEventId? Id, ReadOnlyMemory<byte> Json);
