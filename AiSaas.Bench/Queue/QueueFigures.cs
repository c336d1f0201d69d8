namespace AiSaas.Bench.Queue;

/// <summary>Collects rounds: the median of each side, and the processor's time for each job.</summary>
internal sealed class QueueFigures(QueueStage stage)
{
    private const int Pickups = 300;
    private const int Crowd = 100_000;

    private readonly Dictionary<string, List<Sample>> _rates = [];
    private readonly List<double> _pickup = [], _peersPickup = [], _idle = [], _beside = [];
    private int _left = int.MaxValue;

    public async Task RateAsync(QueueCase one, bool counts, CancellationToken cancellation)
    {
        var start = stage.Cpu();
        double ours = await one.Ours();
        var middle = stage.Cpu();
        double peers = stage.Peer is null ? double.NaN : (await stage.Peer.RunAsync(one.Name, one.Jobs, one.Concurrency, cancellation)).Seconds;
        var end = stage.Cpu();
        if (counts)
        {
            string name = $"{one.Name} × {one.Concurrency}";
            if (!_rates.TryGetValue(name, out var samples))
            {
                _rates[name] = samples = [];
            }

            samples.Add(new(
                one.Jobs / ours, one.Jobs / peers, (middle - start) / one.Jobs, (end - middle) / one.Jobs));
        }
    }

    public async Task PickupAsync(QueueCases ours, bool counts, CancellationToken cancellation)
    {
        double[] waits = await ours.PickupAsync(Pickups, 100, cancellation);
        double[] peers = stage.Peer is null ? [] : (await stage.Peer.RunAsync("pickup", Pickups, 100, cancellation)).Milliseconds;
        if (counts)
        {
            _pickup.AddRange(waits);
            _peersPickup.AddRange(peers);
        }
    }

    public async Task FairAsync(QueueCases ours, bool counts, CancellationToken cancellation)
    {
        double[] idle = await ours.PickupAsync(Pickups, 100, cancellation);
        var (beside, left) = await ours.BesideAsync(Pickups, Crowd, 100, cancellation);
        if (counts)
        {
            _idle.AddRange(idle);
            _beside.AddRange(beside);
            _left = Math.Min(_left, left);
        }
    }

    public BenchmarkReport Report()
    {
        BenchmarkReport report = new("case", "ours", "BullMQ", "ratio", "unit", "µs ours", "redis", "postgres", "µs BullMQ", "its redis");
        foreach (var (name, samples) in _rates)
        {
            report.Add(
                name, Median(samples, one => one.Ours), Median(samples, one => one.Peers), Median(samples, one => one.Ours / one.Peers), "jobs/s",
                Median(samples, one => one.OurCpu.Ours), Median(samples, one => one.OurCpu.Redis), Median(samples, one => one.OurCpu.Postgres),
                Median(samples, one => one.PeerCpu.Peers), Median(samples, one => one.PeerCpu.Redis));
        }

        AddWaits(report, "pickup", _pickup, _peersPickup);
        AddWaits(report, "quiet tenant, idle", _idle, []);
        AddWaits(report, $"quiet tenant beside {Crowd:N0} jobs", _beside, []);
        if (_beside.Count > 0)
        {
            report.Note($"Quiet tenant's p99 beside the crowd: {At(_beside, 0.99) / At(_idle, 0.99):F2} × idle; at least {_left:N0} of the crowd were still queued at the end.");
        }

        report.Note("Ours: committed in Postgres (fsync) and dispatched by Redis. µs: the processor's time for each job.");
        if (stage.Peer is not null)
        {
            report.Note($"BullMQ {stage.Peer.Version}: removeOnComplete; in Redis alone. Turns alternate; medians over rounds.");
        }

        return report;
    }

    private static void AddWaits(BenchmarkReport report, string name, List<double> ours, List<double> peers)
    {
        foreach (double quantile in ours.Count == 0 ? (double[])[] : [0.5, 0.99])
        {
            double mine = At(ours, quantile), theirs = At(peers, quantile);
            report.Add($"{name}, p{quantile * 100:F0}", mine, theirs, theirs / mine, "ms", "", "", "", "", "");
        }
    }

    private static double At(List<double> waits, double quantile) => waits.Count == 0 ? double.NaN : Quantile.Of(waits, quantile, wait => wait);

    private static double Median(List<Sample> samples, Func<Sample, double> of) => Quantile.Of(samples, 0.5, of);

    private readonly record struct Sample(double Ours, double Peers, CpuTimes OurCpu, CpuTimes PeerCpu);
}
