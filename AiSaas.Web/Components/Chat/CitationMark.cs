using System.Globalization;
using Markdig.Helpers;
using Markdig.Parsers;
using Markdig.Syntax.Inlines;

namespace AiSaas.Web.Components.Chat;

/// <summary><c>[12]</c> in an answer.</summary>
internal sealed class CitationMark(int number) : LeafInline
{
    public int Number => number;
}

/// <summary>Reads <c>[n]</c> of up to three digits; <c>[1](address)</c> stays an ordinary link.</summary>
internal sealed class CitationMarkParser : InlineParser
{
    public CitationMarkParser() => OpeningCharacters = ['['];

    public override bool Match(InlineProcessor processor, ref StringSlice slice)
    {
        int digits = 0;
        while (digits < 3 && char.IsAsciiDigit(slice.PeekChar(digits + 1)))
        {
            digits++;
        }

        if (digits == 0 || slice.PeekChar(digits + 1) != ']' || slice.PeekChar(digits + 2) == '(')
        {
            return false;
        }

        int number = int.Parse(slice.Text.AsSpan(slice.Start + 1, digits), NumberStyles.None, CultureInfo.InvariantCulture);
        processor.Inline = new CitationMark(number);
        slice.Start += digits + 2;
        return true;
    }
}
