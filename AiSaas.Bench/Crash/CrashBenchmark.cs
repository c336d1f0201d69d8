namespace AiSaas.Bench.Crash;

/// <summary>Nothing lost, nothing doubled: faults at random points under load, then an audit of every effect.</summary>
internal sealed class CrashBenchmark : IBenchmark
{
    public string Name => "crash";

    public string Purpose => "faults under load, then an audit [--seed 1] [--rounds 100] [--minutes 60] [--aof on|off|both] [--outage SECONDS] [--only KillWorker,…]";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        string aof = arguments.Text("aof") ?? "both";
        bool[] modes = aof switch
        {
            "on" => [true],
            "off" => [false],
            "both" => [true, false],
            _ => throw new ArgumentException("--aof is on, off or both.", nameof(arguments)),
        };
        BenchmarkReport report = new("compared", "Redis", "amount", "differences");
        foreach (bool mode in modes)
        {
            await RunAsync(Plan(arguments, mode), report, cancellation);
        }

        return report;
    }

    private static CrashPlan Plan(BenchmarkArguments arguments, bool aof)
    {
        CrashPlan plan = new() { Seed = arguments.Number("seed", 1), Rounds = arguments.Number("rounds", 100), Aof = aof };
        return plan with
        {
            AtMost = TimeSpan.FromMinutes(arguments.Number("minutes", 60)),
            Workers = arguments.Number("workers", plan.Workers),
            Apis = arguments.Number("apis", plan.Apis),
            Loops = arguments.Number("loops", plan.Loops),
            LongestOutage = TimeSpan.FromSeconds(arguments.Number("outage", (int)plan.LongestOutage.TotalSeconds)),
            Only = [.. (arguments.Text("only") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Kind)],
        };
    }

    private static FaultKind Kind(string name) => Enum.TryParse<FaultKind>(name, ignoreCase: true, out var kind)
        ? kind
        : throw new ArgumentException($"There is no fault '{name}'. There are {string.Join(", ", Enum.GetNames<FaultKind>())}.", nameof(name));

    private static async Task RunAsync(CrashPlan plan, BenchmarkReport report, CancellationToken cancellation)
    {
        string redis = plan.Aof ? "aof" : "memory";
        var result = await new CrashRun(plan, Console.WriteLine).RunAsync(cancellation);
        foreach (var line in result.Sheet.Lines)
        {
            report.Add(line.What, redis, line.Compared, line.Wrong.Count);
        }

        var (accepted, reads) = (result.Accepted, result.Accepted.Reads.ToList());
        report.Note($"Redis {redis}: {result.Rounds} faults, {accepted.Questions.Count} questions, {accepted.Documents.Count} documents, {accepted.Responses.Count} responses, {accepted.Batches.Sum(batch => batch.Items)} items of {accepted.Batches.Count} batches, settled in {result.Settled.TotalSeconds:F0} s; "
            + $"{reads.Count} readers, {reads.Count(read => read.Resumed > 0)} resumed, {reads.Count(read => read.Resets > 0)} saw a reset, the longest {(reads.Count == 0 ? 0 : reads.Max(read => read.Seconds)):F1} s.");
        report.Note("Calls of the api: " + string.Join("; ", accepted.Calls.GroupBy(call => call.Group).OrderBy(group => group.Key).Select(group => string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{group.Key} {group.Count()}, p50 {Quantile.Of(group, 0.5, call => call.Seconds):F3} s, p99 {Quantile.Of(group, 0.99, call => call.Seconds):F1} s, slowest {group.Max(call => call.Seconds):F1} s"))) + ".");
        report.Note($"Refused or cut off: {string.Join(", ", accepted.Others.OrderByDescending(one => one.Value).Select(one => $"{one.Value} × {one.Key}"))}.");
        if (result.Sheet.Differences > 0)
        {
            foreach (string words in result.Sheet.Words().Concat(result.Failures.Take(3)))
            {
                report.Note($"✗ {words}");
            }

            report.Fail($"{result.Sheet.Differences} differences. To repeat: ./bench crash --seed {plan.Seed} --rounds {plan.Rounds} --aof {(plan.Aof ? "on" : "off")}");
        }
    }
}
