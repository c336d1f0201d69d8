using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Llm.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Pgvector;

namespace AiSaas.Bench.Retrieval;

/// <summary>How well and how fast hybrid search finds, over every test collection in a folder, each as a tenant of its own; and how that holds
/// in a large tenant, under filters.</summary>
internal sealed class RetrievalBenchmark : IBenchmark
{
    // The fusion's two ends and the default between them.
    private static readonly (string Run, double VectorWeight)[] Runs = [("lexical", 0), ("vector", 1), ("hybrid", 0.4)];

    public string Name => "retrieval";

    public string Purpose =>
        "nDCG@10 and latency of search: [--data FOLDER of test collections] [--chunks 20000|0 of one tenant] [--tenants 100 small ones beside it] [--questions 60] [--postgres OWNER'S CONNECTION STRING [--again]]";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        string? data = arguments.Folder("data");
        int chunks = arguments.Text("chunks") == "0" ? 0 : arguments.Number("chunks", data is null ? 20_000 : 0);
        // Loading a million takes minutes: --again measures what the run before has written to the same server.
        bool again = arguments.Has("again");
        await using var postgres = await BenchPostgres.StartAsync(arguments.Text("postgres"), cancellation, keep: again);
        BenchmarkReport report = new("case", "nDCG@10", "recall@10", "words recall@10", "p50 ms", "p99 ms", "embed p50", "raw SQL p50", "p50 / raw");
        if (data is not null)
        {
            await CollectionsAsync(postgres, data, report, cancellation);
        }

        if (chunks > 0)
        {
            await new ScaleRun(postgres, report).RunAsync(
                chunks, arguments.Number("tenants", 100), arguments.Number("questions", 60), again, cancellation);
        }

        report.Note("Times are those of a search whose question is embedded already; raw SQL is the same statements alone, asked in turns with it.");
        report.Note("recall@10: of the ten nearest vectors, compared with all. words recall@10: of the ten best by BM25, every passage scored.");
        return report;
    }

    private static async Task CollectionsAsync(BenchPostgres postgres, string data, BenchmarkReport report, CancellationToken cancellation)
    {
        using EmbeddingCatalog embedders = new(Options.Create(new GatewayOptions()), TimeProvider.System);
        TenantDatabase database = new(postgres.Source);
        await using var connection = await postgres.Source.OpenConnectionAsync(cancellation);
        foreach (string folder in Directory.GetDirectories(data).Where(folder => File.Exists(Path.Combine(folder, "qrels.tsv"))).Order(StringComparer.Ordinal))
        {
            var collection = TestCollection.Read(folder);
            var (tenant, ids) = await new CollectionLoader(database, embedders).LoadAsync(collection, cancellation);
            await postgres.AnalyzeAsync(cancellation);
            List<(TestQuery Query, HalfVector Vector)> questions = [];
            List<double> embedTimes = [];
            foreach (var query in collection.Queries)
            {
                long start = TimeProvider.System.GetTimestamp();
                var vector = await embedders.Default.GenerateVectorAsync(query.Text, cancellationToken: cancellation);
                embedTimes.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
                questions.Add((query, new(Array.ConvertAll(vector.ToArray(), number => (Half)number))));
            }

            EmbeddingSpaces spaces = new(postgres.Source, TimeProvider.System);
            Retriever retriever = new(
                database, new(embedders, spaces, TimeProvider.System, NullLogger<QuestionEmbedder>.Instance), TimeProvider.System);
            var space = await spaces.FindAsync(embedders.DefaultModel, cancellation) ?? throw new InvalidOperationException("Nothing is embedded.");
            foreach (var (run, weight) in Runs)
            {
                SearchTimes times = new(retriever, new(connection));
                double gain = 0, recall = 0;
                foreach (bool counted in (bool[])[false, true])
                {
                    foreach (var (query, vector) in counted ? questions : questions.Take(20))
                    {
                        var found = await times.AskAsync(
                            tenant, new(query.Text) { Limit = 10 }, space with { Weight = weight }, vector, counted, cancellation);
                        List<string> documents = [.. found.Passages.Select(passage => ids[passage.DocumentId])];
                        gain += counted ? query.Gain(documents) : 0;
                        recall += counted ? documents.Count(query.Relevant.Contains) / (double)query.Relevant.Count : 0;
                    }
                }

                report.Add(
                    $"{collection.Name}, {run}", gain / questions.Count, recall / questions.Count, "", times.P50, times.P99,
                    Quantile.Of(embedTimes, .5, time => time), times.RawP50, times.Ratio);
            }
        }
    }
}
