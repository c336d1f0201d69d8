using AiSaas.Bench.Llm;
using AiSaas.Bench.Retrieval;

namespace AiSaas.Bench;

/// <summary>The measurements by name.</summary>
internal static class Benchmarks
{
    private static readonly IBenchmark[] All = [new EmbedBenchmark(), new ExtractiveBenchmark(), new RetrievalBenchmark()];

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
            var report = await benchmark.RunAsync(new BenchmarkArguments(args[1..]), cancellation);
            report.Print();
            Console.WriteLine($"→ {await report.SaveAsync(benchmark.Name, TimeProvider.System, cancellation)}");
            return 0;
        }
        catch (Exception fault) when (fault is ArgumentException or FileNotFoundException)
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
