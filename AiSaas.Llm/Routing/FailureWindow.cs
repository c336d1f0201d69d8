namespace AiSaas.Llm.Routing;

/// <summary>Counts the calls of the last seconds, in ten slices.</summary>
internal sealed class FailureWindow(TimeSpan length, TimeProvider clock)
{
    private const int Slices = 10;

    private readonly Lock _gate = new();
    private readonly long _slice = Math.Max(1, (long)(length.TotalSeconds * clock.TimestampFrequency / Slices));
    private readonly (long Index, int Calls, int Failures)[] _slices = new (long, int, int)[Slices];

    public void Add(bool failed)
    {
        long index = clock.GetTimestamp() / _slice;
        lock (_gate)
        {
            ref var slice = ref _slices[index % Slices];
            if (slice.Index != index)
            {
                slice = (index, 0, 0);
            }

            slice.Calls++;
            slice.Failures += failed ? 1 : 0;
        }
    }

    public bool IsOver(int minimumCalls, double ratio)
    {
        var (calls, failures) = Counts();
        return calls >= minimumCalls && failures >= ratio * calls;
    }

    public (int Calls, int Failures) Counts()
    {
        long oldest = (clock.GetTimestamp() / _slice) - Slices + 1;
        int calls = 0, failures = 0;
        lock (_gate)
        {
            foreach (var slice in _slices)
            {
                if (slice.Index >= oldest)
                {
                    calls += slice.Calls;
                    failures += slice.Failures;
                }
            }
        }

        return (calls, failures);
    }

    public void Clear()
    {
        lock (_gate)
        {
            Array.Clear(_slices);
        }
    }
}
