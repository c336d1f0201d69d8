using System.Text;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Writes out the elements that XHTML closes in one tag: to a reader of HTML <c>&lt;title/&gt;</c> opens a title that has all that follows in it.</summary>
internal static class XhtmlTags
{
    private static readonly HashSet<string> Void = new(StringComparer.OrdinalIgnoreCase)
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    };

    /// <summary>Whether a page says that it is XML.</summary>
    public static bool AreIn(ReadOnlySpan<char> page) => page.TrimStart("\uFEFF \r\n\t").StartsWith("<?xml", StringComparison.Ordinal);

    public static string WriteOut(string page)
    {
        StringBuilder? text = null;
        int copied = 0;
        for (int at = page.IndexOf('<', StringComparison.Ordinal); at >= 0; at = page.IndexOf('<', Math.Min(at + 1, page.Length)))
        {
            if (page.AsSpan(at).StartsWith("<!--", StringComparison.Ordinal))
            {
                int close = page.IndexOf("-->", at, StringComparison.Ordinal);
                at = close < 0 ? page.Length - 1 : close;
                continue;
            }

            int end = End(page, at);
            if (end < 0 || page[end - 1] != '/')
            {
                continue;
            }

            string name = Name(page, at + 1);
            if (name.Length > 0 && !Void.Contains(name))
            {
                text ??= new StringBuilder(page.Length + 256);
                text.Append(page, copied, end - 1 - copied).Append("></").Append(name).Append('>');
                copied = end + 1;
            }

            at = end;
        }

        return text is null ? page : text.Append(page, copied, page.Length - copied).ToString();
    }

    // The tag's own >, not one in a quoted value.
    private static int End(string page, int start)
    {
        char quote = '\0';
        for (int i = start + 1; i < page.Length; i++)
        {
            char letter = page[i];
            if (quote != '\0')
            {
                quote = letter == quote ? '\0' : quote;
            }
            else if (letter is '"' or '\'')
            {
                quote = letter;
            }
            else if (letter == '>')
            {
                return i;
            }
            else if (letter == '<')
            {
                return -1;
            }
        }

        return -1;
    }

    private static string Name(string page, int start)
    {
        int end = start;
        while (end < page.Length && (char.IsAsciiLetterOrDigit(page[end]) || page[end] is ':' or '-'))
        {
            end++;
        }

        return page[start..end];
    }
}
