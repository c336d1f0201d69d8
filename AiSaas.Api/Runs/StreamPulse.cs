namespace AiSaas.Api.Runs;

/// <summary>One timer for all open answer streams: each is looked at once a second.</summary>
/// <remarks>A timer per stream, set anew at every word, would cost more than the word.</remarks>
internal sealed class StreamPulse : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly HashSet<RunStream> _streams = [];
    private readonly ITimer _timer;
    private readonly CancellationTokenRegistration _stopping;

    public StreamPulse(TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        _timer = clock.CreateTimer(_ => ForEach(stream => stream.Look()), null, Beat, Beat);
        // A replica that goes lets its readers go: they resume with another.
        _stopping = lifetime.ApplicationStopping.Register(() => ForEach(stream => stream.Release()));
    }

    public void Add(RunStream stream)
    {
        lock (_gate)
        {
            _streams.Add(stream);
        }
    }

    public void Remove(RunStream stream)
    {
        lock (_gate)
        {
            _streams.Remove(stream);
        }
    }

    public void Dispose()
    {
        _timer.Dispose();
        _stopping.Dispose();
    }

    private void ForEach(Action<RunStream> act)
    {
        RunStream[] streams;
        lock (_gate)
        {
            streams = [.. _streams];
        }

        Array.ForEach(streams, act);
    }
}
