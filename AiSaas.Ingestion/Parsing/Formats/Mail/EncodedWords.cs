using System.Text;
using System.Text.RegularExpressions;

namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <summary>Words of a header in other letters than ASCII's (RFC 2047): <c>=?utf-8?B?…?=</c>, <c>=?iso-8859-15?Q?…?=</c>.</summary>
/// <remarks>White space between two of them is none, and a letter may be cut in two by their border: neighbours of one encoding are
/// decoded together.</remarks>
internal static partial class EncodedWords
{
    public static string Decode(string header)
    {
        if (!header.Contains("=?", StringComparison.Ordinal))
        {
            return header;
        }

        StringBuilder text = new(header.Length);
        List<byte> bytes = [];
        string? charset = null;
        int end = 0;
        foreach (Match word in Word().Matches(header))
        {
            var between = header.AsSpan(end, word.Index - end);
            bool joins = end > 0 && between.IsWhiteSpace();
            if (!joins || !string.Equals(charset, word.Groups[1].Value, StringComparison.OrdinalIgnoreCase))
            {
                Flush();
            }

            if (!joins)
            {
                text.Append(between);
            }

            charset = word.Groups[1].Value;
            bytes.AddRange(word.Groups[2].ValueSpan is "B" or "b" ? Base64(word.Groups[3].Value) : Quoted(word.Groups[3].Value));
            end = word.Index + word.Length;
        }

        Flush();
        return text.Append(header.AsSpan(end)).ToString();

        void Flush()
        {
            if (bytes.Count > 0)
            {
                text.Append(MailCharsets.Decode(bytes.ToArray(), charset));
                bytes.Clear();
            }
        }
    }

    private static byte[] Base64(string text)
    {
        string padded = text.TrimEnd('=');
        padded = padded.PadRight((padded.Length + 3) / 4 * 4, '=');
        byte[] bytes = new byte[padded.Length];
        return Convert.TryFromBase64String(padded, bytes, out int length) ? bytes[..length] : Encoding.ASCII.GetBytes(text);
    }

    private static byte[] Quoted(string text)
    {
        List<byte> bytes = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add(Convert.FromHexString(text.AsSpan(i + 1, 2))[0]);
                i += 2;
            }
            else
            {
                bytes.Add(text[i] == '_' ? (byte)' ' : (byte)text[i]);
            }
        }

        return [.. bytes];
    }

    // The language after a star (RFC 2231) says nothing that we need.
    [GeneratedRegex(@"=\?([^?*\s]{1,40})(?:\*[^?\s]{0,20})?\?([BbQq])\?([^?\s]{0,2000})\?=")]
    private static partial Regex Word();
}
