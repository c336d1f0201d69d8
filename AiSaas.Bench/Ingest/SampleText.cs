using System.Text;

namespace AiSaas.Bench.Ingest;

/// <summary>Text that is as hard to index as English: words by Zipf's law, sentences, paragraphs, a heading now and then.</summary>
internal static class SampleText
{
    private const int Words = 60_000;

    private static readonly string[] Vocabulary = MakeVocabulary();
    private static readonly string[] Common = ["the", "of", "and", "to", "in", "is", "that", "for", "it", "as", "was", "with", "be", "by", "on", "not"];

    public static void Write(string path, long bytes, int seed)
    {
        Random random = new(seed);
        using StreamWriter file = new(path, append: false, new UTF8Encoding(false), 1 << 20);
        long written = 0;
        StringBuilder paragraph = new();
        for (int number = 1; written < bytes; number++)
        {
            paragraph.Clear();
            if (number % 40 == 0)
            {
                paragraph.Append("Chapter ").Append(number / 40).Append("\n\n");
            }

            for (int sentences = random.Next(3, 8); sentences > 0; sentences--)
            {
                Sentence(paragraph, random);
            }

            paragraph.Append("\n\n");
            file.Write(paragraph);
            written += paragraph.Length;
        }
    }

    public static void Sentence(StringBuilder text, Random random)
    {
        int start = text.Length;
        for (int words = random.Next(6, 24); words > 0; words--)
        {
            text.Append(Word(random)).Append(' ');
        }

        text[start] = char.ToUpperInvariant(text[start]);
        text[^1] = '.';
        text.Append(' ');
    }

    // A third are stop words; the others by 1/rank.
    private static string Word(Random random) => random.Next(3) == 0
        ? Common[random.Next(Common.Length)]
        : Vocabulary[(int)Math.Pow(Words, random.NextDouble()) - 1];

    private static string[] MakeVocabulary()
    {
        string[] onsets = ["b", "br", "c", "d", "f", "g", "gr", "h", "l", "m", "n", "p", "pr", "r", "s", "st", "t", "tr", "v", "w"];
        string[] vowels = ["a", "e", "i", "o", "u", "ea", "ou"];
        Random random = new(7);
        HashSet<string> words = [];
        while (words.Count < Words)
        {
            words.Add(string.Concat(Enumerable.Range(0, random.Next(2, 5)).Select(_ => onsets[random.Next(onsets.Length)] + vowels[random.Next(vowels.Length)])));
        }

        return [.. words];
    }
}
