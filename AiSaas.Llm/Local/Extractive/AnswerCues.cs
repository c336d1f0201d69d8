using System.Text.RegularExpressions;

namespace AiSaas.Llm.Local.Extractive;

/// <summary>Whether a sentence holds the kind of thing a question asks for, beyond what the question itself says.</summary>
internal static partial class AnswerCues
{
    public static bool Holds(Question question, IReadOnlyList<Word> words, string sentence) => question.Expects switch
    {
        Expected.Date => Year().IsMatch(sentence) || Calendar().IsMatch(sentence) || HasNewNumber(question, words),
        Expected.Duration => (HasNewNumber(question, words) && TimeUnit().IsMatch(sentence)) || Frequency().IsMatch(sentence),
        Expected.Money => Currency().IsMatch(sentence) || HasNewNumber(question, words),
        Expected.Number => HasNewNumber(question, words),
        Expected.Name or Expected.Place => HasNewName(question, words),
        Expected.Reason => Reason().IsMatch(sentence),
        Expected.Definition => Defines(question, words),
        _ => true,
    };

    private static bool HasNewNumber(Question question, IReadOnlyList<Word> words) =>
        words.Any(word => (word.HasDigit || NumberWord().IsMatch(word.Text)) && !question.Stems.Contains(word.Stem));

    // The first word is capitalized anyway; it counts if a second one follows it.
    private static bool HasNewName(Question question, IReadOnlyList<Word> words)
    {
        for (int i = 0; i < words.Count; i++)
        {
            bool name = words[i].IsCapitalized && !Words.IsStop(words[i].Text) && !question.Stems.Contains(words[i].Stem);
            if (name && (i > 0 || (words.Count > 1 && words[1].IsCapitalized)))
            {
                return true;
            }
        }

        return false;
    }

    // "X is a …", "X means …" near the sentence's beginning.
    private static bool Defines(Question question, IReadOnlyList<Word> words)
    {
        int reach = Math.Min(words.Count - 1, 8);
        for (int i = 1; i < reach; i++)
        {
            if (words[i].Text is "is" or "are" or "means" or "refers" or "describes" or "denotes" or "was" or "were"
                && words.Take(i).Any(word => question.Terms.Any(term => term.Stem == word.Stem)))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"\b(?:1\d{3}|20\d{2})s?\b")]
    private static partial Regex Year();

    [GeneratedRegex(@"\b(?:January|February|March|April|May|June|July|August|September|October|November|December|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|century|today|tomorrow|yesterday|immediately)\b|\b\d{1,2}:\d{2}\b")]
    private static partial Regex Calendar();

    [GeneratedRegex(@"\b(?:second|minute|hour|day|week|month|quarter|year|decade|centur|sec|min|hrs?|ms|s|h|d)\w{0,3}\b", RegexOptions.IgnoreCase)]
    private static partial Regex TimeUnit();

    [GeneratedRegex(@"\b(?:daily|weekly|monthly|quarterly|annually|yearly|every|once|twice|always|never|indefinitely|permanently)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Frequency();

    [GeneratedRegex(@"[$€£¥]|\b(?:USD|EUR|GBP|CHF|dollars?|euros?|pounds?|cents?|free|million|billion)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Currency();

    [GeneratedRegex(@"\b(?:because|since|due|owing|caused?|therefore|so that|in order|reason|otherwise|prevents?|avoids?|ensures?|to)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Reason();

    [GeneratedRegex(@"^(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?|millions?|billions?|dozens?|half|third|quarter|single|both|none|once|twice)$", RegexOptions.IgnoreCase)]
    private static partial Regex NumberWord();
}
