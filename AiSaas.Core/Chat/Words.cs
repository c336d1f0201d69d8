using System.Collections.Frozen;

namespace AiSaas.Core.Chat;

/// <summary>A word of a text and where it stands.</summary>
/// <param name="Text">In lower case.</param>
/// <param name="Stem">Without the endings that English adds: enough to compare, not to show.</param>
/// <param name="Telling">Whether it says something: no stop word.</param>
internal readonly record struct Word(string Text, string Stem, int Start, int End, bool Telling);

/// <summary>Cuts a text into words: runs of letters and digits, and each character of scripts that write without spaces.</summary>
internal static class Words
{
    private static readonly FrozenSet<string> Stop = FrozenSet.Create(
        StringComparer.Ordinal,
        "a", "about", "after", "all", "also", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before", "but", "by", "can",
        "could", "did", "do", "does", "for", "from", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "into", "is", "it",
        "its", "may", "more", "most", "no", "not", "of", "on", "one", "only", "or", "other", "our", "she", "should", "so", "some", "such",
        "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "up", "was", "we", "were", "what",
        "when", "where", "which", "who", "will", "with", "would", "you", "your");

    private static readonly string[] Endings = ["ing", "ed", "es", "s", "ly"];

    public static IReadOnlyList<Word> Of(string text)
    {
        List<Word> words = [];
        for (int at = 0; at < text.Length;)
        {
            if (!char.IsLetterOrDigit(text[at]))
            {
                at++;
                continue;
            }

            int start = at++;
            while (!IsUnspaced(text[start]) && at < text.Length && char.IsLetterOrDigit(text[at]) && !IsUnspaced(text[at]))
            {
                at++;
            }

            string word = text[start..at].ToLowerInvariant();
            words.Add(new(word, Stem(word), start, at, !Stop.Contains(word)));
        }

        return words;
    }

    private static string Stem(string word) =>
        Endings.FirstOrDefault(ending => word.Length - ending.Length >= 4 && word.EndsWith(ending, StringComparison.Ordinal)) is { } ending
            ? word[..^ending.Length]
            : word;

    // Chinese and Japanese; Korean writes spaces.
    private static bool IsUnspaced(char character) => character is >= '\u3040' and <= '\u30ff' or >= '\u3400' and <= '\u9fff';
}
