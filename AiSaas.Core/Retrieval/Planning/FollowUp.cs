using System.Text.RegularExpressions;

namespace AiSaas.Core.Retrieval.Planning;

/// <summary>The cheap way to make a follow-up ("and in winter?") find something: it takes the previous question's words along.</summary>
/// <remarks>A question is a follow-up where it begins like one, leans on a pronoun, or says hardly anything by itself. Wrongly taken
/// for one it still finds its own: its words are all there, and where it has enough of them it is searched by itself as well.</remarks>
internal static partial class FollowUp
{
    private const int FewWords = 2;

    private const int OwnWords = 3;

    private static readonly HashSet<string> Stop = new(StringComparer.OrdinalIgnoreCase)
    {
        "the", "a", "an", "of", "in", "on", "at", "to", "for", "is", "are", "was", "were", "be", "do", "does", "did", "how", "what", "which", "who", "when",
        "where", "why", "can", "could", "should", "would", "will", "about", "and", "or", "but", "with", "from", "by", "as", "if", "so", "then", "there", "much",
        "many", "more", "else", "same", "i", "we", "you", "my", "our", "your", "please", "tell", "me", "it", "its", "they", "them", "their", "that", "this", "these",
        "those", "he", "she", "him", "her", "his", "one", "ones", "ok", "okay", "yes", "no",
        "und", "oder", "aber", "der", "die", "das", "ein", "eine", "ist", "sind", "wie", "was", "wann", "wo", "et", "ou", "le", "la", "les", "est", "que", "y", "el",
        "los", "las", "es", "e", "il", "lo",
    };

    private static readonly HashSet<string> Leaning = new(StringComparer.OrdinalIgnoreCase)
    {
        "it", "its", "they", "them", "their", "that", "this", "these", "those", "he", "she", "him", "her", "his", "ones", "there", "same",
    };

    private static readonly HashSet<string> Openers = new(StringComparer.OrdinalIgnoreCase)
    {
        "and", "or", "but", "also", "then", "so", "otherwise", "else", "und", "oder", "aber", "et", "ou", "mais", "y", "o", "pero", "e", "ma", "och", "ja", "en",
    };

    /// <param name="question">As asked.</param>
    /// <param name="previous">The person's question before it.</param>
    /// <returns>What to search for, the fuller one first; null where the question stands by itself.</returns>
    public static IReadOnlyList<string>? Carry(string question, string previous)
    {
        string[] words = WordsOf(question);
        string[] own = [.. words.Where(IsTelling)];
        bool follows = words.Length > 0
            && (Openers.Contains(words[0]) || words.Any(Leaning.Contains) || Opening().IsMatch(question) || own.Length < FewWords);
        if (!follows)
        {
            return null;
        }

        string[] carried = [.. WordsOf(previous).Where(IsTelling).Distinct(StringComparer.OrdinalIgnoreCase).Except(own, StringComparer.OrdinalIgnoreCase)];
        if (carried.Length == 0)
        {
            return null;
        }

        string full = $"{question.Trim()} {string.Join(' ', carried)}";
        return own.Length >= OwnWords ? [full, question] : [full];
    }

    private static bool IsTelling(string word) => !Stop.Contains(word);

    private static string[] WordsOf(string text) => [.. Word().Matches(text).Select(match => match.Value)];

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{N}]+)*")]
    private static partial Regex Word();

    [GeneratedRegex(@"^\s*(?:what|how)\s+about\b", RegexOptions.IgnoreCase)]
    private static partial Regex Opening();
}
