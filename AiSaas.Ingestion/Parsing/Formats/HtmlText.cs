using System.Text;
using System.Text.RegularExpressions;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>A page's characters: by its mark, by the set that its server named (that counts more than what the page says of itself), by what the
/// page says, and where nobody says anything by what makes sense.</summary>
internal static partial class HtmlText
{
    // Where browsers look for it.
    private const int Head = 4_096;

    /// <summary>The stream is at its start again.</summary>
    public static async Task<string> ReadAsync(Stream page, string? charset, CancellationToken cancellation)
    {
        var encoding = TextEncoding.Named(charset) ?? await DeclaredAsync(page, cancellation) ?? await GuessedAsync(page, cancellation);
        // A byte order mark counts most.
        using StreamReader reader = new(page, encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        string text = await reader.ReadToEndAsync(cancellation);
        page.Position = 0;
        return XhtmlTags.AreIn(text) ? XhtmlTags.WriteOut(text) : text;
    }

    private static async Task<Encoding?> DeclaredAsync(Stream page, CancellationToken cancellation)
    {
        byte[] head = new byte[Head];
        int read = await page.ReadAtLeastAsync(head, Head, throwOnEndOfStream: false, cancellation);
        page.Position = 0;
        var declared = Declaration().Match(Encoding.Latin1.GetString(head, 0, read));
        var encoding = TextEncoding.Named(declared.Groups[1].Value);
        // What could be read so far is no UTF-16, whatever it says.
        return encoding is UnicodeEncoding or UTF32Encoding ? Encoding.UTF8 : encoding is null || encoding.CodePage != 28591 ? encoding : TextEncoding.Named("windows-1252");
    }

    private static async Task<Encoding> GuessedAsync(Stream page, CancellationToken cancellation)
    {
        try
        {
            return await TextEncoding.DetectAsync(page, null, cancellation);
        }
        catch (DocumentFaultException)
        {
            // Zeros in a page: browsers read on.
            return Encoding.UTF8;
        }
        finally
        {
            page.Position = 0;
        }
    }

    [GeneratedRegex(@"<(?:meta\b[^>]*\bcharset\s*=|\?xml\b[^>]*\bencoding\s*=)\s*[""']?\s*([\w.:-]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Declaration();
}
