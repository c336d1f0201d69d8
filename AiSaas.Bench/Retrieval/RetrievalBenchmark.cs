using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace AiSaas.Bench.Retrieval;

/// <summary>How well and how fast hybrid search finds, over every test collection in a folder, each as a tenant of its own.</summary>
internal sealed class RetrievalBenchmark : IBenchmark
{
    // The fusion's two ends and the default between them.
    private static readonly (string Run, double VectorWeight)[] Runs = [("lexical", 0), ("vector", 1), ("hybrid", 0.4)];

    public string Name => "retrieval";

    public string Purpose => "nDCG@10 and latency of search: --data FOLDER of test collections [--postgres OWNER'S CONNECTION STRING]";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        string data = arguments.RequiredFolder("data");
        await using var postgres = await BenchPostgres.StartAsync(arguments.Text("postgres"), cancellation);
        using EmbeddingCatalog embedders = new(Options.Create(new GatewayOptions()), TimeProvider.System);
        TenantDatabase database = new(postgres.Source);
        BenchmarkReport report = new(
            "collection", "run", "nDCG@10", "p50 ms", "p99 ms", "embed", "words", "vectors", "texts", "raw SQL p50", "p50 - embed / raw");
        foreach (string folder in Directory.GetDirectories(data).Where(folder => File.Exists(Path.Combine(folder, "qrels.tsv"))).Order(StringComparer.Ordinal))
        {
            var collection = TestCollection.Read(folder);
            var (tenant, ids) = await new CollectionLoader(database, embedders).LoadAsync(collection, cancellation);
            await postgres.AnalyzeAsync(cancellation);
            foreach (var (run, weight) in Runs)
            {
                await using (var set = postgres.Source.CreateCommand("update embedding_spaces set weight = $1"))
                {
                    set.Parameters.AddWithValue(weight);
                    await set.ExecuteNonQueryAsync(cancellation);
                }

                Retriever retriever = new(database, Embedder(postgres, embedders), TimeProvider.System);
                double raw = run == "hybrid" ? await new RawSearch(database, embedders).MedianAsync(tenant, collection, cancellation) : double.NaN;
                var (gain, timings) = await MeasureAsync(retriever, collection, tenant, ids, cancellation);
                double p50 = Quantile.Of(timings, .5, one => one.TotalMs);
                double embed = Quantile.Of(timings, .5, one => one.EmbedMs);
                report.Add(
                    collection.Name, run, gain, p50, Quantile.Of(timings, .99, one => one.TotalMs), embed,
                    Quantile.Of(timings, .5, one => one.LexicalMs), Quantile.Of(timings, .5, one => one.VectorMs),
                    Quantile.Of(timings, .5, one => one.FusionMs), Shown(raw), Shown((p50 - embed) / raw));
            }
        }

        return report;
    }

    private static async Task<(double Gain, List<RetrievalTimings> Timings)> MeasureAsync(
        Retriever retriever, TestCollection collection, TenantId tenant, Dictionary<DocumentId, string> ids, CancellationToken cancellation)
    {
        foreach (var warming in collection.Queries.Take(20))
        {
            await retriever.FindAsync(tenant, new RetrievalQuery(warming.Text) { Limit = 10 }, cancellation);
        }

        double gain = 0;
        List<RetrievalTimings> timings = [];
        foreach (var query in collection.Queries)
        {
            var found = await retriever.FindAsync(tenant, new RetrievalQuery(query.Text) { Limit = 10 }, cancellation);
            gain += query.Gain([.. found.Passages.Select(passage => ids[passage.DocumentId])]);
            timings.Add(found.Timings);
        }

        return (gain / collection.Queries.Count, timings);
    }

    private static QuestionEmbedder Embedder(BenchPostgres postgres, EmbeddingCatalog embedders) =>
        new(embedders, new EmbeddingSpaces(postgres.Source, TimeProvider.System), TimeProvider.System, NullLogger<QuestionEmbedder>.Instance);

    private static object Shown(double value) => double.IsNaN(value) ? "" : value;
}
