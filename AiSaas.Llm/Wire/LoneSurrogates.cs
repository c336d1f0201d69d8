using System.Globalization;
using System.Text;

namespace AiSaas.Llm.Wire;

/// <summary>Reads JSON strings that a program cut in the middle of a surrogate pair, which the platform's reader refuses.</summary>
internal static class LoneSurrogates
{
    /// <param name="raw">A valid JSON string with its quotes.</param>
    public static string Decode(string raw)
    {
        StringBuilder text = new(raw.Length);
        for (int i = 1; i < raw.Length - 1; i++)
        {
            if (raw[i] != '\\')
            {
                text.Append(raw[i]);
                continue;
            }

            char escape = raw[++i];
            if (escape == 'u')
            {
                text.Append((char)ushort.Parse(raw.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 4;
                continue;
            }

            text.Append(escape switch { 'n' => '\n', 'r' => '\r', 't' => '\t', 'b' => '\b', 'f' => '\f', _ => escape });
        }

        // Encoding and decoding replaces what is not half of a pair.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
