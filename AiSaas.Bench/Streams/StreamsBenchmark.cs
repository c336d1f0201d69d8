namespace AiSaas.Bench.Streams;

/// <summary>Answers under way by the thousand, from the writer of the run log to the bytes at a reader's socket.</summary>
internal sealed class StreamsBenchmark : IBenchmark
{
    public string Name => "streams";

    public string Purpose =>
        "open answer streams, crowds, replays, first token; [--streams 5000] [--rate 5] [--seconds 20] [--readers 10000] [--only open|crowd|replay|stuck|first] [--api-env NAME=VALUE,…] [--json]";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        BenchmarkReport report = new(
            "case", "readers", "chunks/s each", "lag p50 ms", "p99 ms", "max ms", "api MiB", "producer µs/chunk", "redis", "api", "client", "faults");
        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 20));
        await using var stage = await StreamsStage.SetAsync(arguments, cancellation);
        if (Wants("open"))
        {
            await new OpenStreams("open", arguments.Number("streams", 5_000), 1, arguments.Number("rate", 5), duration).RunAsync(stage, report, cancellation);
        }

        if (Wants("crowd"))
        {
            await new OpenStreams("crowd", 1, arguments.Number("readers", 10_000), 1, duration / 2).RunAsync(stage, report, cancellation);
        }

        if (Wants("replay"))
        {
            await Replays.RunAsync(stage, report, cancellation);
        }

        if (Wants("first"))
        {
            await FirstTokens.RunAsync(stage, report, cancellation);
        }

        // Half a minute of patience has to pass: only when asked for.
        if (arguments.Text("only") == "stuck")
        {
            await StuckReaders.RunAsync(stage, report, cancellation);
        }

        return report;

        bool Wants(string name) => arguments.Text("only") is not { } only || only == name;
    }
}
