using AiSaas.Contracts.Chat;
using AiSaas.Core.Retrieval;

namespace AiSaas.Core.Chat;

/// <summary>Checks a claim against the passage it cites and finds the words that support it.</summary>
/// <remarks>
/// 1. The claim's own words in a row, whatever the white space and case: verified.
/// 2. Else the stretch of the passage that holds most of the claim's telling words, grown to whole sentences:
///    verified from three quarters of them, fuzzy from two fifths, else unsupported.
/// 3. Where the passage itself doesn't verify it, what was read around the passage may: the best of them is quoted, at its own place.
/// What is checked is what stands on the page: where somebody edited a passage, words that only the edit has are not verified.
/// The quote is always cut from the page's text, so it stands there exactly at its offsets.
/// </remarks>
public static class CitationChecker
{
    public const string Verified = "verified";
    public const string Fuzzy = "fuzzy";
    public const string Unsupported = "unsupported";

    private const double VerifiedFrom = 0.75;
    private const double FuzzyFrom = 0.4;

    // How far a stretch may grow to reach a sentence's ends, in characters a side.
    private const int Reach = 300;

    /// <param name="cited">What the answer says, and which passage it names for it.</param>
    /// <param name="passage">That passage, with what was read around it.</param>
    /// <param name="pages">Where words stand on the pages; null leaves the citation without boxes.</param>
    public static Citation Check(CitedClaim cited, Passage passage, PassagePages? pages = null)
    {
        var claim = Words.Of(cited.Claim);
        Place best = new(
            passage.ChunkId.Value, passage.Section, passage.Page, passage.Start, passage.Original ?? passage.Text, passage.Original is not null);
        var (range, verdict) = Judge(claim, best.Text);
        foreach (var neighbour in passage.Neighbours)
        {
            if (verdict == Verified)
            {
                break;
            }

            string text = neighbour.Original ?? neighbour.Text;
            var (otherRange, other) = Judge(claim, text);
            if (other == Verified || (other == Fuzzy && verdict == Unsupported))
            {
                (range, verdict) = (otherRange, other);
                best = new(neighbour.ChunkId.Value, neighbour.Section, neighbour.Page, neighbour.Start, text, neighbour.Original is not null);
            }
        }

        int start = best.Start + range.Start, end = best.Start + range.End;
        return new(
            cited.Number, passage.DocumentId.Value, passage.CollectionId.Value, best.Chunk, passage.DocumentName, best.Section, best.Page, start, end,
            best.Text[range.Start..range.End], verdict, pages?.Boxes(passage.DocumentId, best.Page, start, end) ?? [], best.Edited ? true : null);
    }

    private static ((int Start, int End) Range, string Verdict) Judge(IReadOnlyList<Word> claim, string text)
    {
        var source = Words.Of(text);
        return Verbatim(claim, source) is { } exact ? (exact, Verified) : Nearest(claim, source, text);
    }

    private static (int Start, int End)? Verbatim(IReadOnlyList<Word> claim, IReadOnlyList<Word> source)
    {
        for (int first = 0; claim.Count > 0 && first + claim.Count <= source.Count; first++)
        {
            int matched = 0;
            while (matched < claim.Count && claim[matched].Text == source[first + matched].Text)
            {
                matched++;
            }

            if (matched == claim.Count)
            {
                return (source[first].Start, source[first + matched - 1].End);
            }
        }

        return null;
    }

    private static ((int Start, int End) Range, string Verdict) Nearest(
        IReadOnlyList<Word> claim, IReadOnlyList<Word> source, string text)
    {
        HashSet<string> telling = [.. claim.Where(word => word.Telling).Select(word => word.Stem)];
        if (telling.Count == 0 || source.Count == 0)
        {
            return ((0, text.Length), Unsupported);
        }

        var (first, last, held) = BestStretch(telling, source, Math.Max(12, claim.Count * 2));
        double share = (double)held / telling.Count;
        var range = Sentences(text, source[first].Start, source[last].End);
        return (range, share >= VerifiedFrom ? Verified : share >= FuzzyFrom ? Fuzzy : Unsupported);
    }

    // A window slides over the passage; the one with most different telling words wins, the earliest of equals.
    private static (int First, int Last, int Held) BestStretch(HashSet<string> telling, IReadOnlyList<Word> source, int width)
    {
        Dictionary<string, int> inside = [];
        var best = (First: 0, Last: Math.Min(width, source.Count) - 1, Held: 0);
        for (int last = 0; last < source.Count; last++)
        {
            if (telling.Contains(source[last].Stem))
            {
                inside[source[last].Stem] = inside.GetValueOrDefault(source[last].Stem) + 1;
            }

            int leaving = last - width;
            if (leaving >= 0 && inside.TryGetValue(source[leaving].Stem, out int count))
            {
                if (count == 1)
                {
                    inside.Remove(source[leaving].Stem);
                }
                else
                {
                    inside[source[leaving].Stem] = count - 1;
                }
            }

            if (inside.Count > best.Held)
            {
                best = (Math.Max(0, last - width + 1), last, inside.Count);
            }
        }

        return Trim(best, telling, source);
    }

    // The winning window, without the words at its start that the claim doesn't have or that come again later in it.
    private static (int First, int Last, int Held) Trim(
        (int First, int Last, int Held) window, HashSet<string> telling, IReadOnlyList<Word> source)
    {
        while (window.Held > 0
            && (!telling.Contains(source[window.First].Stem)
                || Enumerable.Range(window.First + 1, window.Last - window.First).Any(at => source[at].Stem == source[window.First].Stem)))
        {
            window.First++;
        }

        return window;
    }

    private static (int Start, int End) Sentences(string text, int start, int end)
    {
        int from = start;
        for (int back = start; back > 0 && start - back <= Reach; back--)
        {
            if (IsEnd(text, back - 1))
            {
                from = back;
                break;
            }

            from = back - 1;
        }

        int to = end;
        for (int ahead = end; ahead <= text.Length && ahead - end <= Reach; ahead++)
        {
            to = ahead;
            if (IsEnd(text, ahead - 1))
            {
                break;
            }
        }

        while (from < start && char.IsWhiteSpace(text[from]))
        {
            from++;
        }

        while (to > end && char.IsWhiteSpace(text[to - 1]))
        {
            to--;
        }

        return (from, to);
    }

    private static bool IsEnd(string text, int at) => text[at] switch
    {
        '。' or '！' or '？' => true,
        '.' or '!' or '?' => at + 1 == text.Length || char.IsWhiteSpace(text[at + 1]),
        '\n' => at > 0 && text[at - 1] == '\n',
        _ => false,
    };

    private sealed record Place(Guid Chunk, string? Section, int Page, int Start, string Text, bool Edited);
}
