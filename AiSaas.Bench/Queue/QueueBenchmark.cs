namespace AiSaas.Bench.Queue;

/// <summary>The queue as the product works it (durable in Postgres, dispatched by Redis), in turns with BullMQ on the same Redis.</summary>
internal sealed class QueueBenchmark : IBenchmark
{
    public string Name => "queue";

    public string Purpose =>
        "jobs: bulk, add, drain, pickup, fairness; [--bullmq] [--rounds 3] [--jobs 20000] [--best 1000] [--only PART] [--postgres CONNECTION] [--json]; --million: a million queued";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        int rounds = arguments.Number("rounds", 3), jobs = arguments.Number("jobs", 20_000), best = arguments.Number("best", 1000);
        await using var stage = await QueueStage.SetAsync(arguments, cancellation);
        QueueCases ours = new(stage);
        if (arguments.Has("million"))
        {
            return await MillionAsync(stage, ours, cancellation);
        }

        QueueFigures figures = new(stage);
        string? only = arguments.Text("only");
        QueueCase[] cases =
        [
            new("bulk", jobs, 1, () => ours.BulkAsync(jobs, cancellation)),
            new("add", jobs / 20, 1, () => ours.AddAsync(jobs / 20, 1, cancellation)),
            new("add", jobs / 4, 64, () => ours.AddAsync(jobs / 4, 64, cancellation)),
            new("drain", jobs, 100, () => ours.DrainAsync(jobs, 100, cancellation)),
            new("drain", jobs, best, () => ours.DrainAsync(jobs, best, cancellation)),
        ];
        // Round 0 warms up: its figures don't count.
        for (int round = 0; round <= rounds; round++)
        {
            foreach (var one in cases.Where(one => only is null || one.Name.Contains(only, StringComparison.Ordinal)))
            {
                await figures.RateAsync(one, round > 0, cancellation);
            }

            if (only is null or "pickup")
            {
                await figures.PickupAsync(ours, round > 0, cancellation);
            }

            if (only is null or "fair")
            {
                await figures.FairAsync(ours, round > 0, cancellation);
            }
        }

        return figures.Report();
    }

    private static async Task<BenchmarkReport> MillionAsync(QueueStage stage, QueueCases ours, CancellationToken cancellation)
    {
        const int Jobs = 1_000_000, Page = 100_000;
        var tenant = await stage.TenantAsync(cancellation);
        double before = await stage.RedisMiBAsync();
        long since = System.Diagnostics.Stopwatch.GetTimestamp();
        for (int filled = 0; filled < Jobs; filled += Page)
        {
            await ours.FillAsync(tenant, Page, cancellation);
        }

        double took = System.Diagnostics.Stopwatch.GetElapsedTime(since).TotalSeconds;
        BenchmarkReport report = new("case", "figure", "unit");
        report.Add("bulk add", Jobs / took, "jobs/s");
        report.Add("redis", await stage.RedisMiBAsync() - before, "MiB");
        report.Add("postgres", await stage.TableMiBAsync(cancellation), "MiB");
        var (waits, left) = await ours.BesideAsync(300, 1, 100, cancellation);
        report.Add("quiet tenant p50", Quantile.Of(waits, 0.5, wait => wait), "ms");
        report.Add("quiet tenant p99", Quantile.Of(waits, 0.99, wait => wait), "ms");
        report.Note($"The quiet tenant's jobs ran while {-left} of the million did.");
        return report;
    }
}

/// <param name="Ours">Seconds.</param>
internal sealed record QueueCase(string Name, int Jobs, int Concurrency, Func<Task<double>> Ours);
