using AiSaas.Core.Chat;

namespace AiSaas.Core.Quality;

/// <summary>Finds quotes in a page by their words in a row: white space, case and punctuation are another parser's choice.</summary>
/// <remarks>One walk over the page for all quotes: those that begin with a word are looked at only there.</remarks>
internal sealed class QuoteFinder
{
    private readonly Dictionary<string, List<(int Quote, IReadOnlyList<Word> Words)>> _byFirst = new(StringComparer.Ordinal);

    /// <param name="quotes">Each is named by its place in the list.</param>
    public QuoteFinder(IReadOnlyList<string> quotes)
    {
        for (int i = 0; i < quotes.Count; i++)
        {
            var words = Words.Of(quotes[i]);
            if (words.Count > 0)
            {
                (_byFirst.TryGetValue(words[0].Text, out var list) ? list : _byFirst[words[0].Text] = []).Add((i, words));
            }
        }
    }

    public IEnumerable<(int Quote, int Start, int End)> In(string page)
    {
        var words = Words.Of(page);
        for (int at = 0; at < words.Count; at++)
        {
            if (!_byFirst.TryGetValue(words[at].Text, out var starting))
            {
                continue;
            }

            foreach (var (quote, wanted) in starting)
            {
                if (at + wanted.Count <= words.Count && Matches(words, at, wanted))
                {
                    yield return (quote, words[at].Start, words[at + wanted.Count - 1].End);
                }
            }
        }
    }

    private static bool Matches(IReadOnlyList<Word> words, int at, IReadOnlyList<Word> wanted)
    {
        for (int i = 1; i < wanted.Count; i++)
        {
            if (words[at + i].Text != wanted[i].Text)
            {
                return false;
            }
        }

        return true;
    }
}
