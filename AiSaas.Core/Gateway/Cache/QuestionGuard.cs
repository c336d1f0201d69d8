namespace AiSaas.Core.Gateway.Cache;

/// <summary>The words of a question that turn its meaning and that a vector hardly sees: numbers, negations, opposites.</summary>
internal static class QuestionGuard
{
    private static readonly HashSet<string> Turning = new(StringComparer.OrdinalIgnoreCase)
    {
        "not", "no", "never", "none", "without", "cannot", "nor", "neither", "except", "before", "after", "more", "less", "fewer", "most", "least",
        "first", "last", "min", "max", "minimum", "maximum", "increase", "decrease", "enable", "disable", "on", "off", "buy", "sell", "from", "to",
        "start", "stop", "add", "remove", "open", "close", "above", "below", "over", "under",
    };

    /// <summary>In order, so that "from 3 to 5" is not "from 5 to 3". Two questions are comparable only if this is equal.</summary>
    public static string Of(string question)
    {
        List<string> words = [];
        foreach (string word in question.ToLowerInvariant().Split([' ', '\t', '\n', '\r', ',', ';', ':', '?', '!', '(', ')', '"'], StringSplitOptions.RemoveEmptyEntries))
        {
            string plain = word.Trim('.', '\'', '’');
            if (Turning.Contains(plain) || plain.Any(char.IsDigit) || plain.EndsWith("n't", StringComparison.Ordinal) || plain.EndsWith("n’t", StringComparison.Ordinal))
            {
                words.Add(plain);
            }
        }

        return string.Join(' ', words.Take(100));
    }
}
