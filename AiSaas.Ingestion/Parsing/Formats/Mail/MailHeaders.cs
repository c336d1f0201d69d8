using System.Globalization;
using System.Text;

namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <summary>The headers of a mail, or of a part of one.</summary>
internal sealed class MailHeaders
{
    private const int MostBytes = 256 << 10;
    private const int MostLines = 2_000;

    private readonly Dictionary<string, string> _first = new(StringComparer.OrdinalIgnoreCase);

    /// <summary><c>text/plain</c> where nothing else is said.</summary>
    public string ContentType { get; private set; } = "text/plain";

    public IReadOnlyDictionary<string, string> TypeParameters { get; private set; } = new Dictionary<string, string>();

    public string? Disposition { get; private set; }

    /// <summary>As the sender named the file; null where it has no name.</summary>
    public string? FileName { get; private set; }

    public string Encoding => (Raw("Content-Transfer-Encoding") ?? "").Trim().ToLowerInvariant();

    /// <summary>Reads up to the empty line. What is no header ends them too, and is read again as text.</summary>
    public static async Task<MailHeaders> ReadAsync(MailLines lines, Func<ReadOnlyMemory<byte>, bool> ends, CancellationToken cancellation)
    {
        MailHeaders headers = new();
        StringBuilder? value = null;
        string name = "";
        int bytes = 0, count = 0;
        while (await lines.NextAsync(cancellation) is { } line)
        {
            if ((line.Bytes.IsEmpty && line.IsStart) || ends(line.Bytes))
            {
                if (!line.Bytes.IsEmpty)
                {
                    lines.Again(line);
                }

                break;
            }

            bytes += line.Bytes.Length;
            count++;
            bool kept = bytes <= MostBytes && count <= MostLines;
            string text = MailCharsets.Decode(line.Bytes.Span, null);
            if (!line.IsStart || text[0] is ' ' or '\t')
            {
                // Folded.
                if (kept)
                {
                    value?.Append(line.IsStart ? " " : "").Append(text.AsSpan().TrimStart());
                }

                continue;
            }

            int colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || text.AsSpan(0, colon).TrimEnd().ContainsAny(" \t"))
            {
                if (count == 1 && text.StartsWith("From ", StringComparison.Ordinal))
                {
                    // Of a mailbox file.
                    continue;
                }

                lines.Again(line);
                break;
            }

            headers.Add(name, value);
            name = text[..colon].TrimEnd();
            value = kept ? new StringBuilder(text[(colon + 1)..].Trim()) : null;
        }

        headers.Add(name, value);
        headers.Describe();
        return headers;
    }

    /// <returns>The first of this name, as it stands there.</returns>
    public string? Raw(string name) => _first.GetValueOrDefault(name);

    /// <returns>The first of this name, for people; null where there is none, or nothing in it.</returns>
    public string? Text(string name) =>
        Raw(name) is { } raw && CleanText.Collapse(EncodedWords.Decode(raw)) is { Length: > 0 } text ? text : null;

    private void Add(string name, StringBuilder? value)
    {
        if (value is not null && name.Length > 0)
        {
            _first.TryAdd(name, value.ToString());
        }
    }

    private void Describe()
    {
        var (type, parameters) = Parameters(Raw("Content-Type") ?? "");
        if (type.Contains('/', StringComparison.Ordinal))
        {
            ContentType = type.ToLowerInvariant();
            TypeParameters = parameters;
        }

        var (disposition, more) = Parameters(Raw("Content-Disposition") ?? "");
        Disposition = disposition.Length > 0 ? disposition.ToLowerInvariant() : null;
        string? name = more.GetValueOrDefault("filename") ?? parameters.GetValueOrDefault("name");
        FileName = name is null ? null : EncodedWords.Decode(name);
    }

    /// <summary><c>value; name=value; name*0*=utf-8''…; name*1=…</c> (RFC 2045, 2231)</summary>
    private static (string Value, Dictionary<string, string> Parameters) Parameters(string header)
    {
        Dictionary<string, string> found = new(StringComparer.OrdinalIgnoreCase);
        SortedDictionary<(string Name, int Part), (string Text, bool IsEncoded)> parts = [];
        string[] pieces = [.. Split(header)];
        foreach (string piece in pieces.Skip(1))
        {
            int equals = piece.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                continue;
            }

            string name = piece[..equals].Trim().ToLowerInvariant();
            string value = Unquoted(piece[(equals + 1)..].Trim());
            bool encoded = name.EndsWith('*');
            string[] split = name.TrimEnd('*').Split('*', 2);
            if (split.Length == 1 && !encoded)
            {
                found.TryAdd(name, value);
            }
            else
            {
                _ = int.TryParse(split is [_, var number] ? number : "0", NumberStyles.None, CultureInfo.InvariantCulture, out int part);
                parts.TryAdd((split[0], part), (value, encoded));
            }
        }

        foreach (var group in parts.GroupBy(part => part.Key.Name))
        {
            found[group.Key] = Joined([.. group.Select(part => part.Value)]);
        }

        return (pieces.Length > 0 ? pieces[0].Trim() : "", found);
    }

    private static string Joined(List<(string Text, bool IsEncoded)> parts)
    {
        string? charset = null;
        List<byte> bytes = [];
        for (int i = 0; i < parts.Count; i++)
        {
            var (text, encoded) = parts[i];
            if (i == 0 && encoded && text.Split('\'', 3) is [var named, _, var rest])
            {
                (charset, text) = (named, rest);
            }

            bytes.AddRange(encoded ? Percent(text) : System.Text.Encoding.UTF8.GetBytes(text));
        }

        return MailCharsets.Decode(bytes.ToArray(), charset);
    }

    private static byte[] Percent(string text)
    {
        List<byte> bytes = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool hex = text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]);
            bytes.Add(hex ? Convert.FromHexString(text.AsSpan(i + 1, 2))[0] : (byte)text[i]);
            i += hex ? 2 : 0;
        }

        return [.. bytes];
    }

    private static IEnumerable<string> Split(string header)
    {
        int start = 0;
        bool quoted = false;
        for (int i = 0; i < header.Length; i++)
        {
            if (header[i] == '\\' && quoted)
            {
                i++;
            }
            else if (header[i] == '"')
            {
                quoted = !quoted;
            }
            else if (header[i] == ';' && !quoted)
            {
                yield return header[start..i];
                start = i + 1;
            }
        }

        yield return header[start..];
    }

    private static string Unquoted(string value) =>
        value is ['"', .. var inside, '"'] ? inside.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal) : value;
}
