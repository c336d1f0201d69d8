namespace AiSaas.Bench.Crash;

/// <summary>What a crash run does. The same plan does the same faults in the same order at the same pauses.</summary>
internal sealed record CrashPlan
{
    public required int Seed { get; init; }

    public required int Rounds { get; init; }

    /// <summary>No round begins after this.</summary>
    public TimeSpan AtMost { get; init; } = TimeSpan.FromHours(4);

    /// <summary>Redis with its append-only file, as the product runs it; without, a killed one comes back empty.</summary>
    public bool Aof { get; init; } = true;

    public int Apis { get; init; } = 2;

    public int Workers { get; init; } = 2;

    public int Tenants { get; init; } = 3;

    /// <summary>Of each sort of work, loops that do one thing after another.</summary>
    public int Loops { get; init; } = 3;

    /// <summary>The longest that a server is away on purpose.</summary>
    public TimeSpan LongestOutage { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>The longest pause between two rounds.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long everything accepted may take to end once the faults are over.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(150);

    /// <summary>Only these; empty is all.</summary>
    public IReadOnlyList<FaultKind> Only { get; init; } = [];

    /// <summary>The rounds. Every kind comes once before any comes again, each time in another order.</summary>
    public IEnumerable<Fault> Faults()
    {
        Random random = new(Seed);
        List<FaultKind> bag = [];
        for (int round = 1; round <= Rounds; round++)
        {
            if (bag.Count == 0)
            {
                bag = [.. Only.Count > 0 ? Only : Enum.GetValues<FaultKind>()];
            }

            int drawn = random.Next(bag.Count);
            var kind = bag[drawn];
            bag.RemoveAt(drawn);
            yield return new(
                round, kind, random.Next(1000), LongestPause * random.NextDouble(), LongestOutage * (0.3 + (0.7 * random.NextDouble())));
        }
    }
}

/// <param name="Target">Which of several, modulo how many there are.</param>
/// <param name="Before">The pause before it.</param>
/// <param name="Lasts">How long, where it lasts.</param>
internal sealed record Fault(int Round, FaultKind Kind, int Target, TimeSpan Before, TimeSpan Lasts)
{
    public override string ToString() => $"{Round} {Kind}";
}

internal enum FaultKind
{
    KillWorker,
    EndWorker,

    /// <summary>For longer than its leases; then it goes on as if nothing had been.</summary>
    FreezeWorker,
    KillApi,
    EndApi,
    KillRedis,
    FlushRedis,
    StopRedis,
    FreezeRedis,
    StopPostgres,
    Provider,

    /// <summary>Workers and api at one stroke.</summary>
    KillAll,
}
