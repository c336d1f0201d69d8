namespace AiSaas.Ingestion.Chunking;

/// <summary>The language of a page, as Postgres' text search calls it: by its script, or by its little words. A page that doesn't say
/// (few words, a table, a listing) speaks as the one before it, and the first one English.</summary>
internal sealed class LanguageGuess
{
    /// <summary>No stemming: every word as it is.</summary>
    public const string Unknown = "simple";

    // Of running text in any of the languages more than a fifth are its little words; of a neighbour's less than a tenth.
    private const double Enough = 0.1;
    private const int EnoughHits = 2;
    private const int EnoughWords = 4;

    // More says nothing new and costs time.
    private const int Sample = 20_000;

    // Of the letters, in a script that only one language here has.
    private const double Prevailing = 0.3;

    private static readonly (char From, char To, string Language)[] Scripts =
    [
        ('\u3041', '\u30FF', "japanese"), ('\uAC00', '\uD7A3', "korean"), ('\u4E00', '\u9FFF', "chinese"), ('\u0E01', '\u0E5B', "thai"),
        ('\u0370', '\u03FF', "greek"), ('\u0531', '\u058F', "armenian"), ('\u0B80', '\u0BFF', "tamil"),
    ];

    private static readonly int English = LanguageProfiles.Languages.ToList().IndexOf("english");

    private readonly int[] _hits = new int[LanguageProfiles.Languages.Count];
    private string _last = "english";

    public string Of(string text)
    {
        var sample = text.AsSpan(0, Math.Min(text.Length, Sample));
        return _last = ByScript(sample) ?? ByWords(sample) ?? _last;
    }

    private static string? ByScript(ReadOnlySpan<char> text)
    {
        Span<int> counts = stackalloc int[Scripts.Length];
        int letters = 0;
        foreach (char letter in text)
        {
            if (letter < '\u0370' || !char.IsLetter(letter))
            {
                letters += char.IsAsciiLetter(letter) || (letter > '\u00BF' && char.IsLetter(letter)) ? 1 : 0;
                continue;
            }

            letters++;
            for (int script = 0; script < Scripts.Length; script++)
            {
                counts[script] += letter >= Scripts[script].From && letter <= Scripts[script].To ? 1 : 0;
            }
        }

        // Japanese is written with Chinese letters too; some kana among them tell.
        if (counts[0] > 0 && counts[0] + counts[2] > letters * Prevailing && counts[0] * 20 > counts[2])
        {
            return Scripts[0].Language;
        }

        for (int script = 1; script < Scripts.Length; script++)
        {
            if (counts[script] > letters * Prevailing)
            {
                return Scripts[script].Language;
            }
        }

        return null;
    }

    private string? ByWords(ReadOnlySpan<char> text)
    {
        Array.Clear(_hits);
        var lookup = LanguageProfiles.Words.GetAlternateLookup<ReadOnlySpan<char>>();
        int words = 0;
        int foreign = 0;
        foreach (var range in text.SplitAny(" \n\r\t.,;:!?()[]{}\"“”„«»…/’'"))
        {
            var word = text[range];
            if (word.Length == 0 || !char.IsLetter(word[0]))
            {
                continue;
            }

            words++;
            foreign += word[0] > '\u024F' ? 1 : 0;
            if (lookup.TryGetValue(word, out int[]? languages))
            {
                foreach (int language in languages)
                {
                    _hits[language]++;
                }
            }
        }

        int best = English;
        for (int language = 0; language < _hits.Length; language++)
        {
            best = _hits[language] > _hits[best] ? language : best;
        }

        if (words >= EnoughWords && _hits[best] >= EnoughHits && _hits[best] >= words * Enough)
        {
            return LanguageProfiles.Searchable(best);
        }

        // A script of none of the languages known here.
        return words >= EnoughWords && foreign > words / 2 ? Unknown : null;
    }
}
