using System.Globalization;
using AiSaas.Bench.Gateway.Load;

namespace AiSaas.Bench.Gateway;

/// <summary>Rounds of cases over targets, and what they come to.</summary>
internal sealed class GatewayFigures(GatewayStage stage)
{
    private readonly Dictionary<(LoadCase Case, Target Target), List<Round>> _rounds = [];
    private readonly List<string> _failures = [];

    /// <summary>Each target once, so that what else the machine does hits all alike.</summary>
    public async Task RoundAsync(LoadCase one, CancellationToken cancellation)
    {
        Round? direct = null;
        foreach (var target in stage.Targets)
        {
            double cpu = ProcessTimes.CpuMicroseconds(target.Process.Id), redis = stage.RedisMicroseconds(), postgres = stage.PostgresMicroseconds();
            var result = await new LoadRun(one.Request(target), target.Port, one.Connections, one.Duration, one.MaxRequests).RunAsync(cancellation);
            double units = result.Microseconds is [] ? double.NaN : result.Microseconds.Length * one.UnitsPerRequest;
            Round round = new(
                result.PerSecond, result.Quantile(.5), result.Quantile(.99),
                (ProcessTimes.CpuMicroseconds(target.Process.Id) - cpu) / units,
                (stage.RedisMicroseconds() - redis) / units, (stage.PostgresMicroseconds() - postgres) / units,
                ProcessTimes.ResidentMiB(target.Process.Id), result.Failed);
            direct ??= round;
            round = round with { AddedP50 = round.P50 - direct.P50, AddedP99 = round.P99 - direct.P99 };
            if (!_rounds.TryGetValue((one, target), out var rounds))
            {
                _rounds[(one, target)] = rounds = [];
            }

            rounds.Add(round);
            if (result.FirstFailure is { } failure)
            {
                _failures.Add($"{one.Name}, c={one.Connections}, {target.Name}: {result.Failed} failures, first: {failure}");
            }

            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  {one.Name,-13} c={one.Connections,-4} {target.Name,-15} {round.PerSecond,9:F0}/s  p50 {round.P50,7:F0} µs  CPU {round.Cpu,6:F1} µs/{one.Unit}"));
        }
    }

    public BenchmarkReport Report()
    {
        BenchmarkReport report = new(
            "case", "c", "target", "per s", "p50 µs", "p99 µs", "+p50 µs", "+p99 µs", "CPU µs", "of a", "Redis µs", "Postgres µs", "RSS MiB", "failed", "× Portkey /s", "× Portkey CPU");
        foreach (var ((one, target), rounds) in _rounds)
        {
            var round = Round.Median(rounds);
            var portkey = stage.Portkey is { } other && target == stage.Ours ? Round.Median(_rounds[(one, other)]) : null;
            bool isDirect = target == stage.Direct;
            report.Add(
                one.Name, one.Connections, target.Name, round.PerSecond, round.P50, round.P99, isDirect ? "" : round.AddedP50, isDirect ? "" : round.AddedP99,
                round.Cpu, one.Unit, target == stage.Ours ? round.Redis : "", target == stage.Ours ? round.Postgres : "", round.ResidentMiB, rounds.Sum(each => each.Failed),
                portkey is null ? "" : round.PerSecond / portkey.PerSecond, portkey is null ? "" : portkey.Cpu / round.Cpu);
        }

        report.Note("Medians of the rounds. CPU is the target's own process; Redis and Postgres worked for us in our rounds; '+' is against the mock alone in the same round.");
        _failures.ForEach(report.Note);
        return report;
    }

    private sealed record Round(double PerSecond, double P50, double P99, double Cpu, double Redis, double Postgres, double ResidentMiB, int Failed)
    {
        public double AddedP50 { get; init; }

        public double AddedP99 { get; init; }

        public static Round Median(List<Round> rounds)
        {
            return new(Of(each => each.PerSecond), Of(each => each.P50), Of(each => each.P99), Of(each => each.Cpu), Of(each => each.Redis), Of(each => each.Postgres), Of(each => each.ResidentMiB), 0)
            {
                AddedP50 = Of(each => each.AddedP50),
                AddedP99 = Of(each => each.AddedP99),
            };

            // The lower and the upper middle, averaged: two rounds are the default.
            double Of(Func<Round, double> figure)
            {
                double[] sorted = [.. rounds.Select(figure).Order()];
                return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
            }
        }
    }
}
