using AiSaas.Bench.Crash;
using AiSaas.Bench.Gateway;
using AiSaas.Bench.Ingest;
using AiSaas.Bench.Llm;
using AiSaas.Bench.Queue;
using AiSaas.Bench.Retrieval;
using AiSaas.Bench.Streams;

namespace AiSaas.Bench;

/// <summary>The measurements by name.</summary>
internal static class Benchmarks
{
    private static readonly IBenchmark[] All =
    [
        new CrashBenchmark(), new EmbedBenchmark(), new ExtractiveBenchmark(), new GatewayBenchmark(), new IngestBenchmark(),
        new QueueBenchmark(), new RetrievalBenchmark(), new StreamsBenchmark(),
    ];

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        if (args is [] or ["list" or "--list" or "--help" or "-h"])
        {
            foreach (var known in All)
            {
                Console.WriteLine($"{known.Name,-12} {known.Purpose}");
            }

            return 0;
        }

        if (All.FirstOrDefault(known => known.Name == args[0]) is not { } benchmark)
        {
            await Console.Error.WriteLineAsync($"There is no benchmark '{args[0]}'. There are: {string.Join(", ", All.Select(known => known.Name))}.");
            return 2;
        }

        try
        {
            BenchmarkArguments arguments = new(args[1..]);
            var report = await benchmark.RunAsync(arguments, cancellation);
            string json = report.Json(benchmark.Name, TimeProvider.System);
            string saved = await BenchmarkReport.SaveAsync(benchmark.Name, json, cancellation);
            if (arguments.Has("json"))
            {
                Console.WriteLine(json);
                return report.HasFailed ? 1 : 0;
            }

            report.Print();
            Console.WriteLine($"→ {saved}");
            return report.HasFailed ? 1 : 0;
        }
        catch (Exception fault) when (fault is ArgumentException or IOException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 2;
        }
        catch (OperationCanceledException)
        {
            return 130;
        }
    }
}
