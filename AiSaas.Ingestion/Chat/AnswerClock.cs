using AiSaas.Contracts.Chat;

namespace AiSaas.Ingestion.Chat;

/// <summary>The times of one answer, in milliseconds.</summary>
internal sealed class AnswerClock(DateTimeOffset accepted, TimeProvider time)
{
    private readonly double _queued = (time.GetUtcNow() - accepted).TotalMilliseconds;
    private readonly long _start = time.GetTimestamp();
    private double? _firstToken;

    public double SearchMs { get; private set; }

    public void Searched() => SearchMs = SinceStart();

    public void FirstToken() => _firstToken = Math.Max(0, _queued) + SinceStart();

    public AnswerTimings Timings() =>
        new(Round(Math.Max(0, _queued)), Round(SearchMs), _firstToken is { } first ? Round(first) : null, Round(Math.Max(0, _queued) + SinceStart()));

    private double SinceStart() => time.GetElapsedTime(_start).TotalMilliseconds;

    private static double Round(double milliseconds) => Math.Round(milliseconds, 1);
}
