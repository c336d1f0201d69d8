using AiSaas.Llm.Local.Extractive;

namespace AiSaas.Bench.Llm;

/// <summary>A plain BM25 over a few thousand texts in memory, to find plausible wrong passages.</summary>
internal sealed class Bm25
{
    private const double K1 = 1.2, B = 0.75;

    private readonly Dictionary<string, List<(int Document, int Count)>> _postings = [];
    private readonly int[] _lengths;
    private readonly double _average;

    public Bm25(IReadOnlyList<string> texts)
    {
        _lengths = new int[texts.Count];
        for (int i = 0; i < texts.Count; i++)
        {
            string[] stems = [.. Stems(texts[i])];
            _lengths[i] = stems.Length;
            foreach (var group in stems.CountBy(stem => stem))
            {
                if (!_postings.TryGetValue(group.Key, out var list))
                {
                    _postings[group.Key] = list = [];
                }

                list.Add((i, group.Value));
            }
        }

        _average = _lengths.Average();
    }

    /// <summary>Documents that share a word with the query, best first.</summary>
    public IReadOnlyList<int> Search(string query)
    {
        Dictionary<int, double> scores = [];
        foreach (string stem in Stems(query).Distinct())
        {
            if (!_postings.TryGetValue(stem, out var list))
            {
                continue;
            }

            double weight = Math.Log(1 + (_lengths.Length - list.Count + 0.5) / (list.Count + 0.5));
            foreach (var (document, count) in list)
            {
                scores[document] = scores.GetValueOrDefault(document)
                    + weight * count * (K1 + 1) / (count + K1 * (1 - B + B * _lengths[document] / _average));
            }
        }

        return [.. scores.OrderByDescending(entry => entry.Value).Select(entry => entry.Key)];
    }

    private static IEnumerable<string> Stems(string text) => Words.Of(text).Where(word => !Words.IsStop(word.Text)).Select(word => word.Stem);
}
