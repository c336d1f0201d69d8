using System.Text;
using System.Text.RegularExpressions;
using AiSaas.Core.Retrieval;

namespace AiSaas.Core.Chat;

/// <summary>Finds quotes in an answer that no passage has: words in a row, whatever the case, marks and white space.</summary>
internal static partial class QuotedWords
{
    // A word or two in quotation marks are a name or irony, no quote.
    private const int FewestWords = 3;
    private const int MostQuotes = 100;

    public static IEnumerable<string> Missing(string answer, string question, IReadOnlyList<Passage> passages)
    {
        var quotes = Quote().Matches(answer).Take(MostQuotes)
            .Select(match => match.Groups.Cast<Group>().Skip(1).First(group => group.Success).Value.Trim()).Distinct().ToList();
        if (quotes.Count == 0)
        {
            return [];
        }

        string[] sources = [Line(question), .. passages.SelectMany(passage => passage.Original is { } page
            ? new[] { Line(passage.Context), Line(page) } : [Line(passage.Context)])];
        return quotes.Where(quote => Left().Split(quote).Select(piece => (Line: Line(piece), Words.Of(piece).Count))
            .Any(piece => piece.Count >= FewestWords && !Array.Exists(sources, source => source.Contains(piece.Line, StringComparison.Ordinal))));
    }

    private static string Line(string text)
    {
        StringBuilder line = new(" ", text.Length + 2);
        foreach (var word in Words.Of(text))
        {
            line.Append(word.Text).Append(' ');
        }

        return line.ToString();
    }

    [GeneratedRegex(
        """
        “([^“”\n]{6,500})” | „([^„“”\n]{6,500})[“”] | «([^«»\n]{6,500})» | 「([^「」\n]{3,300})」
        | (?<![\w"])"(?=\S)([^"\n]{6,500}?)(?<=\S)"(?!\w)
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Quote();

    // What was left out of a quote.
    [GeneratedRegex(@"\s*(?:\[?(?:…|\.{3})\]?)\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Left();
}
