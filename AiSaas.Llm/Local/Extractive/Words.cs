using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using AiSaas.Llm.Text;

namespace AiSaas.Llm.Local.Extractive;

/// <summary>A word as it stands and the stem by which it is compared.</summary>
internal readonly record struct Word(string Text, string Stem)
{
    public bool HasDigit => Text.AsSpan().ContainsAnyInRange('0', '9');

    public bool IsCapitalized => char.IsUpper(Text[0]);
}

/// <summary>Cuts text into words; Chinese, Japanese and Korean, which put no spaces, into pairs of characters.</summary>
internal static class Words
{
    // The last lines are German, French, Spanish and Italian, without what is a telling word in English ("die", "war", "son").
    private static readonly FrozenSet<string> Stops = """
        a an the this that these those there here it its itself they them their theirs he him his she her hers we us our you your i me my mine
        and or but nor if then than as so of in on at by for with from to into onto about over under after before between during through per
        is are was were be been being am do does did doing done have has had having will would shall should can could may might must
        not no yes any some all each every both either such same own just only also very too more most much many
        what which who whom whose when where why how please tell give show explain describe say said
        der das dem ein eine einen einer eines und oder ist sind wird werden wie wer wo wann warum welche welcher welches zu im auf für mit von vom zum zur bei nach über es sie er wir ich nicht auch
        le la les un une du de et ou est sont quel quelle quels quelles que qui quoi où quand combien pourquoi à au aux en dans pour sur avec ce cette il elle
        el los las una y o es qué cuál cuándo cómo dónde quién cuánto por para con del al se su lo gli che di quando come dove chi quanto
        don doesn didn isn aren wasn weren hasn haven won wouldn couldn shouldn let
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    private static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouy");

    public static List<Word> Of(string text)
    {
        string normal = CompatibilityForm.Normalize(text);
        List<Word> words = [];
        for (int at = 0; at < normal.Length;)
        {
            int start = at;
            if (IsCjk(normal[at]))
            {
                bool pair = at + 1 < normal.Length && IsCjk(normal[at + 1]);
                bool tail = !pair && start > 0 && IsCjk(normal[start - 1]);
                at++;
                if (!tail)
                {
                    string unit = normal[start..(start + (pair ? 2 : 1))];
                    words.Add(new(unit, unit));
                }
            }
            else if (char.IsLetterOrDigit(normal[at]))
            {
                while (at < normal.Length && Continues(normal, at))
                {
                    at++;
                }

                string word = normal[start..at];
                words.Add(new(word, Stem(word)));
            }
            else
            {
                at++;
            }
        }

        return words;
    }

    public static bool IsStop(string text)
    {
        int mark = text.AsSpan().IndexOfAny('\'', '’');
        return Stops.Contains((mark > 0 ? text[..mark] : text).ToLowerInvariant());
    }

    // 3.14, 10,000, don't, e-mail stay together at their inner mark.
    private static bool Continues(string text, int at)
    {
        char mark = text[at];
        if (IsCjk(mark))
        {
            return false;
        }

        if (char.IsLetterOrDigit(mark) || char.GetUnicodeCategory(mark) == UnicodeCategory.NonSpacingMark)
        {
            return true;
        }

        bool inside = at > 0 && at + 1 < text.Length && char.IsLetterOrDigit(text[at - 1]) && char.IsLetterOrDigit(text[at + 1]);
        return inside && (mark is '\'' or '’' || (mark is '.' or ',' && char.IsDigit(text[at - 1]) && char.IsDigit(text[at + 1])));
    }

    private static bool IsCjk(char unit) => unit is (>= '\u3040' and <= '\u30FF') or (>= '\u3400' and <= '\u9FFF') or (>= '\uAC00' and <= '\uD7A3') or (>= '\uF900' and <= '\uFAFF');

    /// <summary>Cuts endings so that <c>renewal</c>, <c>renewed</c> and <c>renews</c> meet. Need not be a word, only be stable.</summary>
    internal static string Stem(string word) => Synonyms.Of(Ending(word));

    /// <summary>The stem before synonyms meet.</summary>
    internal static string Ending(string word)
    {
        string stem = word.ToLowerInvariant();
        int mark = stem.IndexOfAny(['\'', '’']);
        stem = mark > 0 ? stem[..mark] : stem;
        if (stem.Length <= 3 || stem.AsSpan().ContainsAnyInRange('0', '9'))
        {
            return stem;
        }

        stem = stem.EndsWith("ies", StringComparison.Ordinal) ? stem[..^3] + "y"
            : stem.EndsWith("sses", StringComparison.Ordinal) || EndsInHissingPlural(stem) ? stem[..^2]
            : stem[^1] == 's' && stem[^2] is not ('s' or 'u' or 'i') ? stem[..^1]
            : stem;
        foreach (string ending in (ReadOnlySpan<string>)["ization", "isation", "ation", "ition", "ment", "ness", "ing", "ion", "ed", "ly", "er", "or", "al"])
        {
            if (stem.Length >= ending.Length + 4 - (ending is "ing" or "ed" ? 1 : 0) && stem.EndsWith(ending, StringComparison.Ordinal) && HasVowel(stem.AsSpan(0, stem.Length - ending.Length)))
            {
                stem = Single(stem[..^ending.Length]);
                break;
            }
        }

        return stem.Length > 3 && stem[^1] is 'e' ? stem[..^1] : stem[^1] == 'y' ? stem[..^1] + "i" : stem;
    }

    private static bool EndsInHissingPlural(string stem) =>
        stem.EndsWith("xes", StringComparison.Ordinal) || stem.EndsWith("ches", StringComparison.Ordinal) || stem.EndsWith("shes", StringComparison.Ordinal);

    private static bool HasVowel(ReadOnlySpan<char> stem) => stem.ContainsAny(Vowels);

    // stopped → stop, but filled → fill.
    private static string Single(string stem) => stem[^1] == stem[^2] && stem[^1] is not ('l' or 's' or 'z') ? stem[..^1] : stem;
}
