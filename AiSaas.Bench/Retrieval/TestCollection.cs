using System.Text.Json;

namespace AiSaas.Bench.Retrieval;

/// <summary>A retrieval test collection: <c>docs.jsonl</c> {id,title,text}, <c>queries.jsonl</c> {id,text}, <c>qrels.tsv</c> (query, document, 1).</summary>
internal sealed record TestCollection(
    string Name, IReadOnlyList<TestDocument> Documents, IReadOnlyList<TestQuery> Queries)
{
    public static TestCollection Read(string folder)
    {
        var relevant = File.ReadLines(Path.Combine(folder, "qrels.tsv"))
            .Select(line => line.Split('\t'))
            .ToLookup(parts => parts[0], parts => parts[1]);
        return new(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)),
            [.. Lines(folder, "docs.jsonl").Select(line => new TestDocument(Text(line, "id"), Text(line, "title"), Text(line, "text")))],
            [.. Lines(folder, "queries.jsonl")
                .Select(line => new TestQuery(Text(line, "text"), relevant[Text(line, "id")].ToHashSet()))
                .Where(query => query.Relevant.Count > 0)]);
    }

    private static IEnumerable<JsonElement> Lines(string folder, string file) =>
        File.ReadLines(Path.Combine(folder, file)).Where(line => line.Length > 0).Select(line => JsonElement.Parse(line));

    private static string Text(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
}

internal sealed record TestDocument(string Id, string Title, string Text);

/// <param name="Relevant">Ids of the documents that answer it.</param>
internal sealed record TestQuery(string Text, IReadOnlySet<string> Relevant)
{
    /// <summary>nDCG at 10 with binary relevance.</summary>
    public double Gain(IReadOnlyList<string> found)
    {
        double gained = 0;
        double ideal = 0;
        for (int rank = 0; rank < 10; rank++)
        {
            double worth = 1 / Math.Log2(rank + 2);
            gained += rank < found.Count && Relevant.Contains(found[rank]) ? worth : 0;
            ideal += rank < Relevant.Count ? worth : 0;
        }

        return gained / ideal;
    }
}
