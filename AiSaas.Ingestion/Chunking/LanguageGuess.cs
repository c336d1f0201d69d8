namespace AiSaas.Ingestion.Chunking;

/// <summary>English or not, by the share of the commonest English words. A page with too few words speaks as the one before it.</summary>
internal sealed class LanguageGuess
{
    private const int EnoughWords = 25;
    private const double EnglishShare = 0.12;

    private static readonly HashSet<string> Common = new(StringComparer.OrdinalIgnoreCase)
    {
        "the", "of", "and", "to", "in", "is", "that", "for", "it", "as", "was", "with", "be", "by", "on", "not", "this", "are",
        "or", "from", "at", "which", "but", "have", "an", "had", "they", "you", "were", "their", "one", "all", "we", "can", "has", "there",
        "if", "more", "when", "will", "would", "who", "so", "no", "must", "may",
    };

    private string _last = "english";

    public string Of(string text)
    {
        int words = 0, common = 0, foreign = 0;
        var lookup = Common.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var range in text.AsSpan().SplitAny(" \n\t.,;:!?()\"“”"))
        {
            var word = text.AsSpan(range);
            if (word.Length > 0 && char.IsLetter(word[0]))
            {
                words++;
                common += lookup.Contains(word) ? 1 : 0;
                // Other scripts have no spaces to count words by.
                foreign += word[0] > '\u024F' ? word.Length : 0;
            }
        }

        if (foreign > text.Length / 4)
        {
            return _last = "simple";
        }

        return words < EnoughWords ? _last : _last = common >= words * EnglishShare ? "english" : "simple";
    }
}
