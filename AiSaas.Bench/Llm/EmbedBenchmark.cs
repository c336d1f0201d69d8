using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text.Json;
using AiSaas.Llm.Local.UseLite;

namespace AiSaas.Bench.Llm;

/// <summary>The local embedder: one core by register width, then all cores; full chunks and short queries.</summary>
internal sealed class EmbedBenchmark : IBenchmark
{
    private const string Chunk = """
        The pump must be primed before it is switched on, otherwise the impeller runs dry and the seal is damaged within minutes. Fill the
        casing through the upper plug until water runs out of the vent, close both, and turn the shaft by hand to be sure that it moves
        freely. Check the direction of rotation against the arrow on the housing: a pump that runs backwards delivers a third of its rated
        flow and heats up. After an hour of operation tighten the gland until one drop a second escapes; a gland that does not drip will
        burn. Replace the packing every two thousand hours, or sooner if the leakage can no longer be set.
        """;

    private const string Query = "How often must the packing of the pump be replaced?";

    public string Name => "embed";

    public string Purpose => "the local embedder's texts a second; [--texts docs.jsonl] [--rounds 5]";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        string folder = ModelFolder.Resolve();
        int rounds = arguments.Number("rounds", 5);
        using var generator = UseLiteEmbeddingGenerator.Load(folder, TimeProvider.System);
        string[] chunks = arguments.Text("texts") is { } path ? [.. File.ReadLines(path).Take(64).Select(Text)] : [.. Enumerable.Repeat(Chunk, 64)];
        string[] queries = [.. Enumerable.Repeat(Query, 256)];
        BenchmarkReport report = new("what", "texts/s best", "texts/s median", "tokens");
        (string Name, MatrixKernel Kernel)[] kernels =
        [
            ("512 bits", new MatrixKernel<Lanes512, Vector512<float>>()),
            ("256 bits", new MatrixKernel<Lanes256, Vector256<float>>()),
            ($"any ({Vector<float>.Count * 32} bits)", new MatrixKernel<LanesAny, Vector<float>>()),
        ];
        var models = kernels.Select(entry => (entry.Name, Model: UseLiteModel.Load(folder, entry.Kernel))).ToArray();
        foreach (var (kind, texts) in new[] { ("chunk", chunks), ("query", queries) })
        {
            int[][] tokens = [.. texts.Select(generator.Tokenizer.Encode)];
            double average = tokens.Average(ids => Math.Min(ids.Length, UseLiteEmbeddingGenerator.MaxTokens));

            // Widths take turns, so that what else the machine does hits all alike.
            var rates = models.ToDictionary(model => model.Name, _ => new List<double>());
            List<double> batches = [], cuts = [];
            for (int round = 0; round <= rounds; round++)
            {
                foreach (var (name, model) in models)
                {
                    rates[name].Add(Rate(tokens.Length, () => Embed(model, tokens, cancellation)));
                }

                long started = Stopwatch.GetTimestamp();
                await generator.GenerateAsync(texts, cancellationToken: cancellation);
                batches.Add(texts.Length / Stopwatch.GetElapsedTime(started).TotalSeconds);
                cuts.Add(Rate(texts.Length, () => Array.ForEach(texts, text => generator.Tokenizer.Encode(text))));
            }

            foreach (var (name, values) in rates)
            {
                Add($"{kind}, one core, {name}", values, average);
            }

            Add($"{kind}, batch, {Environment.ProcessorCount} cores", batches, average);
            Add($"{kind}, tokenizer alone", cuts, average);
        }

        return report;

        // The first round only warms up.
        void Add(string what, List<double> rates, double tokens) => report.Add(what, rates.Skip(1).Max(), rates.Skip(1).Order().ElementAt((rates.Count - 1) / 2), tokens);
    }

    private static void Embed(UseLiteModel model, int[][] tokens, CancellationToken cancellation)
    {
        Span<float> vector = stackalloc float[UseLiteEmbeddingGenerator.Dimensions];
        foreach (int[] ids in tokens)
        {
            cancellation.ThrowIfCancellationRequested();
            model.Embed(ids, vector);
        }
    }

    private static double Rate(int count, Action work)
    {
        long started = Stopwatch.GetTimestamp();
        work();
        return count / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static string Text(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("text").GetString()!;
    }
}
