using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AiSaas.Llm.Grounding;
using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Local.UseLite;

namespace AiSaas.Bench.Llm;

/// <summary>How well extractive-1 answers, and how well it declines, on a question-answering collection in SQuAD's shape.</summary>
internal sealed class ExtractiveBenchmark : IBenchmark
{
    private const int Passages = 6;

    private sealed record Text(string Id, string? Title, string Body);

    private sealed record Case(string Kind, string Question, IReadOnlyList<Text> Found, string? Gold);

    public string Name => "extractive";

    public string Purpose => "answers and refusals of extractive-1; --squad FOLDER (docs.jsonl, queries.jsonl, qrels.tsv) [--questions 400] [--features out.csv]";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        string folder = arguments.RequiredFolder("squad");
        using var embedder = UseLiteEmbeddingGenerator.Load(ModelFolder.Resolve(), TimeProvider.System);
        BenchmarkReport report = new("case", "questions", "answered", "gold quoted", "gold first", "sentences", "ms p50", "ms p95");
        using StreamWriter? features = arguments.Text("features") is { } path ? new(path) : null;
        foreach (var group in Cases(folder, arguments.Number("questions", 400)).GroupBy(entry => entry.Kind))
        {
            foreach (var (name, answerer) in new[] { ("", new ExtractiveAnswerer(embedder)), (", words alone", new ExtractiveAnswerer(null)) })
            {
                report.Add([group.Key + name, .. await MeasureAsync([.. group], answerer, name.Length == 0 ? features : null, embedder, cancellation)]);
            }
        }

        return report;
    }

    private static async Task<object[]> MeasureAsync(
        Case[] cases, ExtractiveAnswerer answerer, StreamWriter? features, UseLiteEmbeddingGenerator embedder, CancellationToken cancellation)
    {
        int answered = 0, quoted = 0, first = 0, sentences = 0;
        List<double> times = [];
        foreach (var one in cases)
        {
            GroundedQuestion question = new(one.Question, [.. one.Found.Select(text => new GroundedPassage(text.Title ?? "", null, text.Body))]);
            long started = Stopwatch.GetTimestamp();
            var answer = await answerer.AnswerAsync(question, cancellation);
            times.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            string[] sources = [.. answer.Quotes.Select(quote => one.Found[quote.Number - 1].Id)];
            answered += sources is [] ? 0 : 1;
            quoted += sources.Contains(one.Gold) ? 1 : 0;
            first += sources.FirstOrDefault() is { } source && source == one.Gold ? 1 : 0;
            sentences += sources.Length;
            if (features is not null)
            {
                await WriteAsync(features, one, question, answerer, embedder, cancellation);
            }
        }

        times.Sort();
        double count = cases.Length;
        return [cases.Length, answered / count, quoted / count, first / count, sentences / Math.Max(1.0, answered), times[times.Count / 2], times[times.Count * 95 / 100]];
    }

    // What a refit of AnswerLikelihood needs: one line a question, of its best sentence.
    private static async Task WriteAsync(
        StreamWriter file, Case one, GroundedQuestion asked, ExtractiveAnswerer answerer, UseLiteEmbeddingGenerator embedder, CancellationToken cancellation)
    {
        var question = Question.Read(asked.Question, new WordInformation(embedder.Tokenizer));
        if ((await answerer.RankAsync(question, asked, cancellation)).FirstOrDefault() is { } best)
        {
            bool gold = one.Found[best.Passage].Id == one.Gold;
            await file.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"\"{one.Kind}\",{(gold ? 1 : 0)},{AnswerLikelihood.Of(question, best, true):F4},{best.NamesMissing:F4},{best.Covered:F4},{best.CoveredInContext:F4},{best.CoveredInPassage:F4},{best.Distinctive:F4},{best.Pairs:F4},{(best.Cue ? 1 : 0)},{best.Similarity:F4},{question.Terms.Count},{question.Weight:F3},{(best.Adds ? 1 : 0)},{question.Expects},\"{asked.Question.Replace('"', ' ')}\",\"{best.Text.Replace('"', ' ').ReplaceLineEndings(" ")}\""));
        }
    }

    private static IEnumerable<Case> Cases(string folder, int questions)
    {
        Text[] documents = [.. Read(Path.Combine(folder, "docs.jsonl"))];
        var byId = documents.Select((document, index) => (document.Id, index)).ToDictionary();
        var gold = File.ReadLines(Path.Combine(folder, "qrels.tsv")).Select(line => line.Split('\t'))
            .GroupBy(parts => parts[0]).ToDictionary(group => group.Key, group => byId[group.First()[1]]);
        Bm25 index = new([.. documents.Select(document => document.Body)]);
        Random random = new(1);
        foreach (var query in Read(Path.Combine(folder, "queries.jsonl")).Where(query => gold.ContainsKey(query.Id)).Take(questions))
        {
            int right = gold[query.Id];
            var found = index.Search(query.Body);
            var others = found.Where(document => document != right).ToList();
            int rank = Math.Min(found.TakeWhile(document => document != right).Count(), Passages - 1);
            List<int> with = [.. others.Take(Passages - 1)];
            with.Insert(Math.Min(rank, with.Count), right);
            yield return new("answer among BM25's best", query.Body, Documents(with), documents[right].Id);
            yield return new("same article, no answer", query.Body, Documents(others.Take(Passages)), null);
            yield return new("other articles, no answer", query.Body, Documents(others.Where(other => documents[other].Title != documents[right].Title).Take(Passages)), null);
            yield return new("random, no answer", query.Body, Documents(Enumerable.Range(0, Passages).Select(_ => random.Next(documents.Length)).Where(other => other != right)), null);
        }

        IReadOnlyList<Text> Documents(IEnumerable<int> numbers) => [.. numbers.Select(number => documents[number])];
    }

    private static IEnumerable<Text> Read(string path)
    {
        foreach (string line in File.ReadLines(path))
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            yield return new(root.GetProperty("id").ToString(), root.TryGetProperty("title", out var title) ? title.GetString() : null, root.GetProperty("text").GetString()!);
        }
    }
}
