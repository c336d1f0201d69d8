
namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>A page's characters, by the set that its server named: that counts more than what the page says of itself.</summary>
internal static class HtmlText
{
    /// <returns>Null where no set was named that is known: the parser then finds it out. The stream is at its start again.</returns>
    public static async Task<string?> ReadAsync(Stream page, string? charset, CancellationToken cancellation)
    {
        if (TextEncoding.Named(charset) is not { } encoding)
        {
            return null;
        }

        // A byte order mark counts most.
        using StreamReader reader = new(page, encoding, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        string text = await reader.ReadToEndAsync(cancellation);
        page.Position = 0;
        return text;
    }
}
