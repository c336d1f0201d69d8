using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using AiSaas.Ingestion.Chunking;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Which code page text is in that is neither Unicode nor says what it is: the one in which it makes sense.</summary>
/// <remarks>
/// 1. Code pages of Chinese, Japanese and Korean: one in which everything is a character and enough of them are frequent ones.
/// 2. Else each code page of an alphabet is read and marked: letters that stand among letters of their script and in a sensible case
///    count for it, signs inside of words against it, and most count the little words of the languages that we know.
/// What no mark tells apart is Windows-1252, the most common.
/// </remarks>
internal static class EncodingGuess
{
    private const int Sample = 32 << 10;

    // Of a text's characters beyond ASCII; read wrongly, hardly one in a hundred is.
    private const double FrequentEnough = 0.08;
    private const int WordMark = 6;
    private const int Telltale = 4;

    private static readonly (int CodePage, FrozenSet<char> Frequent)[] Wide =
    [
        (54936, Set("的一是不了在人有我他这中大来上个国说们为子和你地出道时年得就那要下以生会自着去之过家学对可里后用方行发成所作分定系统请电如要使与及或关闭打开")),
        (950, Set("的一是不了在人有我他這中大來上個國說們為子和你地出道時年得就那要下以生會自著去之過家學對可裡後用方行發成所作分定系統請電如要使與及或關閉打開")),
        (932, Set("のにはをたがでてとしれさあいるもなっかんこうだけりすきまよくせそつらどみアイトンスルーリクタドレラシ日本人大年一国者上中同事合的用")),
        (51932, Set("のにはをたがでてとしれさあいるもなっかんこうだけりすきまよくせそつらどみアイトンスルーリクタドレラシ日本人大年一国者上中同事合的用")),
        (949, Set("이다는에의을를가고하지은로사기한도자나리인대정그시스해서어라만과있것수부전여보들일와제주으아")),
    ];

    // The first of equals counts.
    private static readonly int[] Narrow = [1252, 28605, 1250, 28592, 1251, 20866, 21866, 866, 28595, 1253, 1254, 1255, 1256, 28596, 1257, 874];

    // The letters beyond ASCII that one language has: a text has those of one of them.
    private static readonly FrozenSet<char>[] Alphabets =
    [
        .. new[]
        {
            "äöüß", "àâæçéèêëîïôœùûüÿ", "áéíñóúü", "ãáàâçéêíõóôúü", "àèéìíòóù", "åäöæøé", "äöåšž", "ąćęłńóśźż", "áäčďéěíĺľňóôŕřšťúůýž", "áéíóöőúüű",
            "ăâîșțşţ", "čćđšž", "çğıöşüâîû", "ąčęėįšųūž", "āčēģīķļņšūž", "äõöüšž", "áðéíóúýþæö", "ëïéüö",
        }.Select(Set),
    ];

    /// <param name="text">A stretch that has bytes beyond ASCII.</param>
    public static Encoding Of(ReadOnlySpan<byte> text)
    {
        byte[] sample = Telling(text);
        return Widest(sample) ?? Narrow.Select(Named).MaxBy(encoding => Mark(encoding.GetString(sample)))!;
    }

    private static Encoding Named(int codePage) => CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage);

    private static FrozenSet<char> Set(string characters) => characters.ToFrozenSet();

    // The lines that have more than ASCII, whole: half a character would spoil the code pages of two bytes.
    private static byte[] Telling(ReadOnlySpan<byte> text)
    {
        List<byte> sample = new(Sample);
        while (text.Length > 0 && sample.Count < Sample)
        {
            int end = text.IndexOf((byte)'\n');
            var line = text[..(end < 0 ? text.Length : end + 1)];
            if (line.ContainsAnyInRange((byte)0x80, (byte)0xFF))
            {
                sample.AddRange(line[..Math.Min(line.Length, Sample)]);
            }

            text = text[line.Length..];
        }

        return [.. sample];
    }

    private static Encoding? Widest(byte[] sample)
    {
        (double Share, Encoding? Encoding) best = (FrequentEnough, null);
        foreach (var (codePage, frequent) in Wide)
        {
            var encoding = Named(codePage);
            string text = encoding.GetString(sample);
            int beyond = text.Count(letter => letter >= '\u0080');
            // Strict but for the end of the sample.
            int wrong = text.AsSpan(0, Math.Max(0, text.Length - 2)).ContainsAny('\uFFFD', '?', '\u30FB') ? Wrong(encoding, sample) : 0;
            double share = wrong > beyond / 100 ? 0 : text.Count(frequent.Contains) / (double)Math.Max(1, beyond);
            if (share > best.Share)
            {
                best = (share, encoding);
            }
        }

        return best.Encoding;
    }

    private static int Wrong(Encoding encoding, byte[] sample)
    {
        var marked = (Encoding)encoding.Clone();
        marked.DecoderFallback = new DecoderReplacementFallback("\uFFFD");
        return marked.GetString(sample).Count(letter => letter == '\uFFFD' || (letter >= '\uE000' && letter <= '\uF8FF'));
    }

    private static double Mark(string text)
    {
        double mark = 0;
        int beyond = 0, western = 0, plain = 0;
        for (int i = 0; i < text.Length; i++)
        {
            plain += char.IsAsciiLetter(text[i]) ? 1 : 0;
            if (text[i] >= '\u0080')
            {
                beyond++;
                western += text[i] < '\u0250' && char.IsLetter(text[i]) ? 1 : 0;
                mark += Mark(text[i], i > 0 ? text[i - 1] : ' ', i + 1 < text.Length ? text[i + 1] : ' ');
            }
        }

        mark += western == 0 ? 0 : Alphabets.Max(alphabet => text.Count(letter => letter >= '\u0080' && alphabet.Contains(char.ToLowerInvariant(letter)))) * 1.5;
        // Most letters of a Latin alphabet are ASCII.
        mark -= western > plain && western >= Telltale ? western * 3 : 0;
        return (mark + Words(text)) / Math.Max(1, beyond);
    }

    private static double Mark(char letter, char before, char after)
    {
        if (char.IsControl(letter) || letter == '\uFFFD' || (letter >= '\uE000' && letter <= '\uF8FF'))
        {
            return -8;
        }

        if (!char.IsLetter(letter) && char.GetUnicodeCategory(letter) != UnicodeCategory.NonSpacingMark)
        {
            return letter is '¿' or '¡' or '«' or '»' or '€' or '£' or '°' or '§' or '–' or '—' or '„' or '“' or '”' or '’' or '…' ? 1
                : letter is >= '\u2500' and <= '\u259F' ? -4
                : letter is '¤' or '¦' or '¸' or '¨' or '´' or '¬' or '¯' or '·' ? -1.5
                : char.IsLetter(before) && char.IsLetter(after) && letter is not ('’' or '·' or '\u00AD' or '\u200C' or '\u200D') ? -2
                : 0.2;
        }

        double mark = char.IsLetter(before) && Script(before) != Script(letter) ? -2 : 1;
        mark -= char.IsLetter(after) && Script(after) != Script(letter) ? 2 : 0;
        // "пРИВЕТ": alphabets of other code pages have their cases the other way round.
        mark -= char.IsUpper(letter) && char.IsLower(before) ? 2 : 0;
        mark -= char.IsUpper(letter) && char.IsLower(after) && char.IsLetter(before) ? 1 : 0;
        return mark;
    }

    private static double Words(string text)
    {
        var known = LanguageProfiles.Words.GetAlternateLookup<ReadOnlySpan<char>>();
        double mark = 0;
        foreach (var range in text.AsSpan().SplitAny(" \n\r\t.,;:!?()[]\"“”„«»…"))
        {
            var word = text.AsSpan()[range];
            if (word.Length is > 0 and < 16 && word.ContainsAnyExceptInRange('\0', '\u007F') && known.ContainsKey(word))
            {
                mark += WordMark * (word.Length > 1 ? 1 : 0.3);
            }
        }

        return mark;
    }

    private static int Script(char letter) => letter switch
    {
        < '\u0250' => 0,
        < '\u0400' => 1,
        < '\u0530' => 2,
        < '\u0600' => 3,
        < '\u0700' => 4,
        _ => 5,
    };
}
