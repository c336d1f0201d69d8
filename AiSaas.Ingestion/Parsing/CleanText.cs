using System.Text;

namespace AiSaas.Ingestion.Parsing;

/// <summary>Makes text that can be stored, and whose offsets mean the same to every reader.</summary>
internal static class CleanText
{
    /// <summary>Line ends become \n; control characters and lone surrogates, which no database takes, go.</summary>
    public static string Of(string text)
    {
        int first = FirstUnclean(text);
        if (first < 0)
        {
            return text;
        }

        StringBuilder clean = new(text.Length);
        clean.Append(text, 0, first);
        for (int i = first; i < text.Length; i++)
        {
            char letter = text[i];
            if (letter == '\r')
            {
                if (i + 1 == text.Length || text[i + 1] != '\n')
                {
                    clean.Append('\n');
                }
            }
            else if (char.IsHighSurrogate(letter) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                clean.Append(letter).Append(text[++i]);
            }
            else if (char.IsSurrogate(letter))
            {
                clean.Append('\uFFFD');
            }
            else if (letter is '\n' or '\t' || !char.IsControl(letter))
            {
                clean.Append(letter is '\uFEFF' ? ' ' : letter);
            }
            else if (letter is '\f' or '\v')
            {
                clean.Append('\n');
            }
        }

        return clean.ToString();
    }

    /// <summary>Runs of white space become one space, as HTML means them.</summary>
    public static string Collapse(ReadOnlySpan<char> text)
    {
        StringBuilder collapsed = new(text.Length);
        bool gap = false;
        foreach (char letter in text)
        {
            if (char.IsWhiteSpace(letter))
            {
                gap = collapsed.Length > 0;
                continue;
            }

            if (gap)
            {
                collapsed.Append(' ');
                gap = false;
            }

            collapsed.Append(letter);
        }

        return collapsed.ToString();
    }

    private static int FirstUnclean(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char letter = text[i];
            if (letter == '\uFEFF' || char.IsSurrogate(letter) || (char.IsControl(letter) && letter is not ('\n' or '\t')))
            {
                return i;
            }
        }

        return -1;
    }
}
