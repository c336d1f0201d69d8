using System.Text.RegularExpressions;
using AiSaas.Contracts.Chat;
using AiSaas.Core.Retrieval;
using AiSaas.Llm.Text;

namespace AiSaas.Core.Chat;

/// <summary>Says how far a whole answer rests on its sources, by rules alone.</summary>
/// <remarks>
/// 1. Code is left out; the rest falls into paragraphs, list items and tables.
/// 2. A marker stands behind what precedes it in its part, as <see cref="CitationMarkers"/> reads it: what follows the last one is
///    uncited, where it states something. Questions, lead-ins and "the documents don't say" state nothing.
/// 3. Numbers that name no passage are invented; words in quotation marks must stand in a passage, or in the question.
/// </remarks>
public static partial class GroundingCheck
{
    public const string Grounded = "grounded";
    public const string Partly = "partly";
    public const string Uncited = "uncited";
    public const string Unsupported = "unsupported";
    public const string Declined = "declined";

    private const int FewestWords = 3;
    private const int MostListed = 10;
    private const int LongestListed = 300;

    /// <returns>Null where there is nothing to judge.</returns>
    public static AnswerGrounding? Of(
        string answer, string question, IReadOnlyList<Passage> passages, IReadOnlyList<Citation> citations, bool? answered)
    {
        ArgumentNullException.ThrowIfNull(answer);
        string text = Code().Replace(answer, " ");
        if (!text.Any(char.IsLetterOrDigit))
        {
            return null;
        }

        List<string> uncited = [];
        bool declines = false;
        foreach (string part in Parts(text))
        {
            var markers = Marker().Matches(part).Where(marker => IsGiven(marker, passages.Count)).ToList();
            foreach (string sentence in Sentences.Of(markers is [.., var last] ? part[(last.Index + last.Length)..] : part))
            {
                declines |= Refusals().IsMatch(sentence);
                // What cites an invented number is told as that.
                if (!Marker().IsMatch(sentence) && States(sentence))
                {
                    uncited.Add(Brief(sentence.TrimStart(',', ';', ':', '.', ' ')));
                }
            }
        }

        int[] invented = [.. Marker().Matches(text).Where(marker => !IsGiven(marker, passages.Count)).Select(Number).Distinct().Order()];
        string[] unfound = [.. QuotedWords.Missing(text, question, passages).Select(Brief).Take(MostListed)];
        string verdict = answered == false ? Declined : Verdict(citations, uncited.Count, invented.Length, unfound.Length, declines);
        // Who declines cites nothing, and need not.
        return new(verdict, verdict == Declined ? [] : [.. uncited.Take(MostListed)], [.. invented.Take(MostListed)], unfound);
    }

    private static string Verdict(IReadOnlyList<Citation> citations, int uncited, int invented, int unfound, bool declines)
    {
        int supported = citations.Count(cited => cited.Verdict != CitationChecker.Unsupported);
        return citations.Count == 0 && invented == 0 ? declines && uncited == 0 ? Declined : Uncited
            : supported == 0 ? Unsupported
            : supported == citations.Count && uncited + invented + unfound == 0 ? Grounded
            : Partly;
    }

    /// <summary>Paragraphs, each item of a list, each table as a whole.</summary>
    private static IEnumerable<string> Parts(string text)
    {
        List<string> lines = [];
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            bool heading = line.StartsWith('#');
            bool breaks = string.IsNullOrWhiteSpace(line) || heading || Item().IsMatch(line)
                || (lines.Count > 0 && line.StartsWith('|') != lines[^1].StartsWith('|'));
            if (breaks && lines.Count > 0)
            {
                yield return string.Join('\n', lines);
                lines.Clear();
            }

            if (!string.IsNullOrWhiteSpace(line) && !heading)
            {
                lines.Add(line);
            }
        }

        if (lines.Count > 0)
        {
            yield return string.Join('\n', lines);
        }
    }

    private static bool States(string sentence) =>
        sentence.TrimEnd('*', '_', ' ') is [.., not ('?' or ':' or '：' or '？' or '؟')] trimmed
        && !Refusals().IsMatch(trimmed) && Words.Of(trimmed).Count(word => word.Telling) >= FewestWords;

    private static bool IsGiven(Match marker, int passages) => Number(marker) is >= 1 and var number && number <= passages;

    private static int Number(Match marker) => int.Parse(marker.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);

    private static string Brief(string text) =>
        text.Length <= LongestListed ? text
        : string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[LongestListed - 1]) ? LongestListed - 1 : LongestListed), "…");

    // A link's text is no marker.
    [GeneratedRegex(@"\[([0-9]{1,3})\](?!\()", RegexOptions.CultureInvariant)]
    private static partial Regex Marker();

    [GeneratedRegex(@"^```.*?(?:^```|\z)|`[^`\n]+`", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Code();

    [GeneratedRegex(@"^\s*(?:[-*+•]|\d{1,3}[.)])\s", RegexOptions.CultureInvariant)]
    private static partial Regex Item();

    // What a model says when it has no answer, in the languages that it is asked in most.
    [GeneratedRegex(
        """
        \b(?:documents?|passages?|sources?|texts?|contexts?|excerpts?|materials?)\b[^.]{0,60}(?:\b(?:no|not|nothing|none|neither)\b|n['’]t\b)
        |\b(?:no|any)\s+(?:\w+\s+)?(?:information|answer|mention|evidence|details?)\b
        |(?:\b(?:cannot|can\s+not|could\s+not|unable\s+to)\b|\b(?:ca|could)n['’]t\b)[^.]{0,40}\b(?:find|answer|determine|tell|say|locate)\b
        |(?:\bnot\b|n['’]t\b)[^.]{0,40}\b(?:in|by|from)\s+the\s+(?:\w+\s+)?(?:documents?|passages?|sources?|texts?)\b
        |\b(?:Dokument|Passage|Quelle|Text)\w*[^.]{0,60}\b(?:nicht|keine?[nrsm]?)\b|\bkeine\s+(?:Antwort|Angaben?|Information)
        |\b(?:documents?|passages?|textes?)\b[^.]{0,60}\b(?:ne|n['’])|\baucune?\s+(?:information|réponse|mention)
        |\b(?:documentos?|pasajes?|textos?)\b[^.]{0,40}\bno\b|\bno\s+(?:contienen?|se\s+menciona|hay\s+(?:información|respuesta))
        |\b(?:asiakirj|dokument|tekst)\w*[^.]{0,40}\b(?:ei|eivät)\b
        |(?:文档|文件|资料|段落|文書|資料|ドキュメント)[^。]{0,30}(?:没有|未|不|ません|ない)
        |(?:المستندات|الوثائق|النصوص|المقاطع)[^.]{0,40}لا\s|لا\s+(?:تحتوي|توجد|يوجد)
        """,
        RegexOptions.IgnoreCase | RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Refusals();
}
