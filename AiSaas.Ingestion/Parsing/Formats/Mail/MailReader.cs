using System.Runtime.CompilerServices;

namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <summary>A part of a mail that holds no other parts.</summary>
/// <param name="Alternative">The same number for parts that say the same in different formats; 0 where there is no choice.</param>
/// <param name="Content">Decoded; read, or left, before the next part is asked for.</param>
internal sealed record MailPart(MailHeaders Headers, int Alternative, Stream Content)
{
    /// <summary>Words for whoever reads the mail, rather than a file that came along.</summary>
    public bool IsBody => Headers.ContentType is "text/plain" or "text/html" && Headers.Disposition != "attachment" && Headers.FileName is null;
}

/// <summary>Walks the parts of a mail (RFC 5322, 2045–2047, 2231) in one pass, whatever its size.</summary>
/// <remarks>Our own, since no MIME library restores on the closed feed (docs/uploads.md). A mail in a mail is a part like any other: its text is
/// not this one's. Bounds: 20 levels, 1,000 parts; what lies beyond is passed over.</remarks>
internal sealed class MailReader(Stream mail)
{
    private const int MostLevels = 20;
    private const int MostParts = 1_000;
    private const int LongestBoundary = 200;

    private readonly MailLines _lines = new(mail);
    private readonly List<(byte[] Boundary, int Alternative)> _open = [];

    /// <summary>Of the mail itself; known once parts are read.</summary>
    public MailHeaders? Headers { get; private set; }

    public long Position => _lines.Position;

    public async IAsyncEnumerable<MailPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        int parts = 0;
        while (parts < MostParts)
        {
            var headers = await MailHeaders.ReadAsync(_lines, line => Boundary(line) is not null, cancellation);
            Headers ??= headers;
            MailContent content = new(_lines, Boundary);
            parts++;
            if (headers.ContentType.StartsWith("multipart/", StringComparison.Ordinal) && Open(headers, parts))
            {
                // What stands in front of the first boundary is for programs that know no parts.
                await content.SkipAsync(cancellation);
            }
            else
            {
                yield return new MailPart(headers, _open.Count > 0 ? _open[^1].Alternative : 0, Decoded(headers.Encoding, content));
                await content.SkipAsync(cancellation);
            }

            if (!await FindNextAsync(content.End, cancellation))
            {
                yield break;
            }
        }
    }

    /// <returns>Whether another part follows.</returns>
    private async Task<bool> FindNextAsync(MailBoundary? end, CancellationToken cancellation)
    {
        while (end is not null)
        {
            // A boundary of an outer level ends the inner ones, closed or not.
            _open.RemoveRange(end.Level + 1, _open.Count - end.Level - 1);
            if (!end.IsLast)
            {
                return true;
            }

            _open.RemoveAt(end.Level);
            MailContent after = new(_lines, Boundary);
            await after.SkipAsync(cancellation);
            end = after.End;
        }

        return false;
    }

    private bool Open(MailHeaders headers, int number)
    {
        if (headers.TypeParameters.GetValueOrDefault("boundary") is not { Length: > 0 and <= LongestBoundary } boundary || _open.Count >= MostLevels)
        {
            return false;
        }

        int outer = _open.Count > 0 ? _open[^1].Alternative : 0;
        _open.Add((System.Text.Encoding.UTF8.GetBytes(boundary), outer != 0 ? outer : headers.ContentType == "multipart/alternative" ? number : 0));
        return true;
    }

    private MailBoundary? Boundary(ReadOnlyMemory<byte> line)
    {
        var text = line.Span;
        if (text.Length > LongestBoundary + 100 || !text.StartsWith("--"u8))
        {
            return null;
        }

        for (int level = _open.Count - 1; level >= 0; level--)
        {
            if (text[2..].StartsWith(_open[level].Boundary))
            {
                var rest = text[(2 + _open[level].Boundary.Length)..].TrimEnd(" \t"u8);
                if (rest.IsEmpty || rest.SequenceEqual("--"u8))
                {
                    return new MailBoundary(level, !rest.IsEmpty);
                }
            }
        }

        return null;
    }

    private static Stream Decoded(string encoding, Stream content) => encoding switch
    {
        "base64" => new Base64Content(content),
        "quoted-printable" => new QuotedPrintableContent(content),
        _ => content,
    };
}
