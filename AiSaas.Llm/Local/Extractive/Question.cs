namespace AiSaas.Llm.Local.Extractive;

/// <summary>What an answer should hold.</summary>
internal enum Expected
{
    Anything,
    Date,
    Number,
    Duration,
    Money,
    Name,
    Place,
    Reason,
    Definition,
}

/// <summary>A content word of the question.</summary>
internal readonly record struct Term(string Stem, double Weight);

/// <summary>A question taken apart.</summary>
internal sealed class Question
{
    private Question(IReadOnlyList<Word> words, IReadOnlyList<Term> terms, Expected expects)
    {
        (Words, Terms, Expects) = (words, terms, expects);
        Weight = terms.Sum(term => term.Weight);
        Stems = words.Select(word => word.Stem).ToHashSet();
        Pairs = ContentPairs(words).ToHashSet();
        Names = words.Skip(1).Where(word => word.IsCapitalized && !Extractive.Words.IsStop(word.Text)).Select(word => word.Stem).ToHashSet();
    }

    public IReadOnlyList<Word> Words { get; }

    public IReadOnlyList<Term> Terms { get; }

    public Expected Expects { get; }

    /// <summary>Of all terms together.</summary>
    public double Weight { get; }

    public IReadOnlySet<string> Stems { get; }

    /// <summary>Content words that follow each other.</summary>
    public IReadOnlySet<(string, string)> Pairs { get; }

    /// <summary>What the question calls by name; a passage that doesn't is about something else.</summary>
    public IReadOnlySet<string> Names { get; }

    public static Question Read(string text, WordInformation information)
    {
        List<Word> words = Extractive.Words.Of(text);
        var content = words.Where((word, index) => !Extractive.Words.IsStop(word.Text) && !AsksForMeasure(words, index)).ToList();
        Term[] terms = [.. (content.Count > 0 ? content : words)
            .GroupBy(word => word.Stem)
            .Select(group => new Term(group.Key, group.Max(word => information.Of(word))))];
        return new(words, terms, Kind(words, terms.Length));
    }

    // "How long is the warranty?": no answer says "long".
    private static bool AsksForMeasure(List<Word> words, int index) =>
        index > 0 && words[index - 1].Text.Equals("how", StringComparison.OrdinalIgnoreCase) && words[index].Text is "long" or "often" or "soon" or "old" or "far" or "big" or "large" or "fast";

    public static IEnumerable<(string, string)> ContentPairs(IReadOnlyList<Word> words)
    {
        string? before = null;
        foreach (var word in words)
        {
            if (Extractive.Words.IsStop(word.Text))
            {
                continue;
            }

            if (before is not null)
            {
                yield return (before, word.Stem);
            }

            before = word.Stem;
        }
    }

    private static Expected Kind(List<Word> words, int terms)
    {
        string[] lower = [.. words.Select(word => word.Text.ToLowerInvariant())];
        for (int i = 0; i < lower.Length; i++)
        {
            string next = i + 1 < lower.Length ? lower[i + 1] : "", after = i + 2 < lower.Length ? lower[i + 2] : "";
            switch (lower[i])
            {
                case "when" when i < 3:
                case "what" or "which" when next is "year" or "date" or "day" or "month" or "century" or "decade" or "time":
                    return Expected.Date;
                case "how" when next is "long" or "often" or "soon" or "old":
                    return Expected.Duration;
                case "how" when next is "much" && after is "money" or "does" or "do" or "did" or "is" or "will":
                case "what" when next is "fee":
                case "cost" or "costs" or "price" when i > 0 && lower[0] is "what" or "how":
                    return Expected.Money;
                case "how" when next is "many" or "much" or "far" or "tall" or "high" or "big" or "large" or "fast" or "deep" or "heavy" or "wide" or "hot" or "cold":
                case "what" or "which" when next is "percentage" or "percent" or "number" or "temperature":
                    return Expected.Number;
                case "who" or "whom" or "whose":
                    return Expected.Name;
                case "where" when i < 3:
                case "what" or "which" when next is "country" or "city" or "state" or "place" or "town" or "region":
                    return Expected.Place;
                case "why":
                    return Expected.Reason;
                case "what" when terms is 1 or 2 && next is "is" or "are" or "s":
                case "define":
                    return Expected.Definition;
            }
        }

        return Expected.Anything;
    }
}
