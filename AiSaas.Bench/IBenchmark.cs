namespace AiSaas.Bench;

internal interface IBenchmark
{
    string Name { get; }

    /// <summary>One line for the list, options included.</summary>
    string Purpose { get; }

    Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation);
}
