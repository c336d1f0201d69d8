namespace AiSaas.Core.Retrieval;

/// <summary>Leaves out passages that say what a better one says already: copies of a document, overlapping cuts.</summary>
internal static class NearDuplicates
{
    /// <summary>Of the shorter text's words. Boilerplate that differs in a date or a name stays above, two paragraphs on one subject far below.</summary>
    private const double Same = 0.9;

    /// <param name="ranked">Best first.</param>
    /// <param name="limit">How many to return at most.</param>
    public static List<Passage> Thin(IEnumerable<Passage> ranked, int limit)
    {
        List<(Passage Passage, HashSet<string> Words)> kept = [];
        foreach (var passage in ranked)
        {
            if (kept.Count == limit)
            {
                break;
            }

            var words = Words(passage.Text);
            if (!kept.Any(better => Overlap(better.Passage, passage) || Alike(better.Words, words)))
            {
                kept.Add((passage, words));
            }
        }

        return [.. kept.Select(entry => entry.Passage)];
    }

    // Windows over one page: what lies mostly inside a better passage adds nothing.
    private static bool Overlap(Passage better, Passage passage) =>
        better.DocumentId == passage.DocumentId && better.Page == passage.Page
        && Math.Min(better.End, passage.End) - Math.Max(better.Start, passage.Start) > Same * (passage.End - passage.Start);

    private static bool Alike(HashSet<string> better, HashSet<string> words)
    {
        var (small, large) = better.Count < words.Count ? (better, words) : (words, better);
        // Texts of very different length are no copies, though the short one may be made of the long one's words.
        return small.Count > 0 && small.Count >= large.Count * Same && small.Count(large.Contains) >= small.Count * Same;
    }

    // Pairs of neighbouring words: single words would call two lists of the same names alike.
    private static HashSet<string> Words(string text)
    {
        HashSet<string> pairs = new(StringComparer.OrdinalIgnoreCase);
        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i++)
        {
            pairs.Add(i == 0 ? words[i] : $"{words[i - 1]} {words[i]}");
        }

        return pairs;
    }
}
