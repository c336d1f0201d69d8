using System.Diagnostics;
using System.Globalization;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Llm.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Pgvector;

namespace AiSaas.Bench.Retrieval;

/// <summary>One large tenant beside many small ones: recall against comparing with everything, and latency, at every selectivity of a filter.</summary>
internal sealed class ScaleRun(BenchPostgres postgres, BenchmarkReport report)
{
    private const int SmallPassages = 50;

    // The commonest words are in most passages, the last ones in one of some thousand.
    private static readonly (string Kind, int From, int To, int Words)[] Kinds = [("common words", 0, 60, 3), ("mixed words", 20, 3_000, 4), ("rare words", 3_000, 30_000, 3)];

    private readonly TenantDatabase _database = new(postgres.Source);
    private readonly EmbeddingSpace _space = new("use-lite-en", ScaleData.Dimensions, 0.4, 0, 0.35);

    public async Task RunAsync(int chunks, int smallTenants, int questions, bool written, CancellationToken cancellation)
    {
        ScaleData data = new();
        var large = ScaleTenant.Of(0, 0, chunks);
        List<ScaleTenant> tenants = [large];
        for (int i = 1; i <= smallTenants; i++)
        {
            tenants.Add(ScaleTenant.Of(i, chunks + ((long)i * SmallPassages), SmallPassages));
        }

        int[][] words = [.. Enumerable.Range(0, questions).Select(q => Words(data, q))];
        float[][] vectors = [.. Enumerable.Range(0, questions).Select(q => Vector(data, -1 - q))];
        ExactAnswers nearest = new(vectors, large);
        if (!written)
        {
            long started = Stopwatch.GetTimestamp();
            await new ScaleLoader(postgres.Owner, data).LoadAsync(tenants, cancellation);
            await postgres.AnalyzeAsync(cancellation);
            Note($"{chunks:N0} passages of one tenant and {smallTenants:N0} tenants of {SmallPassages} written in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s.");
        }

        await BuildAsync(cancellation);
        nearest.Compare(data);
        ExactWords best = new(data, large, words);

        await using var connection = await postgres.Source.OpenConnectionAsync(cancellation);
        using EmbeddingCatalog unused = new(Options.Create(new GatewayOptions()), TimeProvider.System);
        Retriever retriever = new(
            _database, new(unused, new EmbeddingSpaces(postgres.Source, TimeProvider.System), TimeProvider.System, NullLogger<QuestionEmbedder>.Instance),
            TimeProvider.System);
        RawSearch raw = new(connection);
        await SmallAsync(tenants, data, words, new(retriever, raw), cancellation);
        for (int filter = 0; filter <= ScaleTenant.Selectivities.Count; filter++)
        {
            bool all = filter == ScaleTenant.Selectivities.Count;
            string share = all ? "100 %" : ScaleTenant.Selectivities[filter].ToString("0.0 %", CultureInfo.InvariantCulture);
            for (int kind = 0; kind < Kinds.Length; kind++)
            {
                SearchTimes times = new(retriever, raw);
                double recall = 0, wordRecall = 0;
                int[] asked = [.. Enumerable.Range(0, questions).Where(q => q % Kinds.Length == kind)];
                foreach (bool counted in (bool[])[false, true])
                {
                    foreach (int q in counted ? asked : asked.Take(5))
                    {
                        RetrievalQuery query = new(Text(words[q])) { Limit = 10, Collections = all ? null : [large.Collections[filter]] };
                        await times.AskAsync(large.Id, query, _space, Halves(vectors[q]), counted, cancellation);
                        if (!counted)
                        {
                            continue;
                        }

                        var candidates = (await CandidateSearch.FindAsync(
                            _database, large.Id, [new(query.Text, _space.Id, Halves(vectors[q]))], query, cancellation))[0].Candidates;
                        var exact = nearest.Of(q, filter);
                        recall += candidates.Where(one => one.Cosine is not null).OrderByDescending(one => one.Cosine).Take(10)
                            .Count(one => exact.Contains(one.Id.Value)) / (double)exact.Count;
                        wordRecall += best.Recall(q, filter, candidates.Select(one => one.Lexical));
                    }
                }

                report.Add(
                    $"{chunks:N0}, filter {share}, {Kinds[kind].Kind}", "", recall / asked.Length, wordRecall / asked.Length, times.P50, times.P99, "",
                    times.RawP50, times.Ratio);
            }
        }
    }

    private async Task SmallAsync(List<ScaleTenant> tenants, ScaleData data, int[][] words, SearchTimes times, CancellationToken cancellation)
    {
        if (tenants.Count == 1)
        {
            return;
        }

        for (int i = -10; i < 200; i++)
        {
            var tenant = tenants[1 + ((i + 10) * 7 % (tenants.Count - 1))];
            await times.AskAsync(
                tenant.Id, new(Text(words[(i + 10) % words.Length])) { Limit = 10 }, _space, Halves(Vector(data, -1 - i)), i >= 0, cancellation);
        }

        report.Add($"{SmallPassages} beside it", "", 1.0, 1.0, times.P50, times.P99, "", times.RawP50, times.Ratio);
    }

    private async Task BuildAsync(CancellationToken cancellation)
    {
        await using var owner = NpgsqlDataSource.Create(postgres.Owner);
        long started = Stopwatch.GetTimestamp();
        int? built = await new VectorIndexes(owner, Options.Create(new VectorIndexOptions()), NullLogger<VectorIndexes>.Instance).KeepAsync(cancellation);
        double vectors = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await using var size = owner.CreateCommand(
            "select coalesce(sum(pg_relation_size(indexrelid)), 0)::bigint / 1000000 from pg_index where indexrelid::regclass::text like 'vector_passages_hnsw%'");
        Note($"{built} HNSW indexes built in {vectors:F0} s, {await size.ExecuteScalarAsync(cancellation)} MB.");
        started = Stopwatch.GetTimestamp();
        int? listed = await new WordLists(owner, Options.Create(new WordListOptions()), NullLogger<WordLists>.Instance).KeepAsync(cancellation);
        await using var lists = owner.CreateCommand("select count(*) || ' words, ' || pg_total_relation_size('lexicon_best') / 1000000 || ' MB' from lexicon_best");
        Note($"Lists of {listed} lexicons made in {Stopwatch.GetElapsedTime(started).TotalSeconds:F0} s: {await lists.ExecuteScalarAsync(cancellation)}.");
    }

    private void Note(string text)
    {
        report.Note(text);
        Console.Error.WriteLine(text);
    }

    private static int[] Words(ScaleData data, int question)
    {
        var (_, from, to, count) = Kinds[question % Kinds.Length];
        return data.Question(question, from, to, count);
    }

    private static float[] Vector(ScaleData data, long number)
    {
        float[] vector = new float[ScaleData.Dimensions];
        data.Vector(number, vector);
        return vector;
    }

    private static string Text(int[] words) => string.Join(' ', words.Select(ScaleData.Word));

    private static HalfVector Halves(float[] vector) => new(Array.ConvertAll(vector, number => (Half)number));
}
