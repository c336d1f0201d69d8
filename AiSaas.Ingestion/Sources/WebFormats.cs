using System.Collections.Frozen;
using System.Text;
using AiSaas.Core.Documents;
using AiSaas.Core.Sources;

namespace AiSaas.Ingestion.Sources;

/// <summary>Decides what an answer is, by its first bytes, its declared type and its address, in this order.</summary>
/// <remarks>On the web types lie more often than bytes do: PDFs come as text/html, pages as text/plain, anything as octet-stream.</remarks>
internal static class WebFormats
{
    private static readonly FrozenDictionary<string, string> Endings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["text/html"] = ".html",
        ["application/xhtml+xml"] = ".html",
        ["text/markdown"] = ".md",
        ["text/x-markdown"] = ".md",
        ["text/csv"] = ".csv",
        ["text/tab-separated-values"] = ".tsv",
        ["application/json"] = ".json",
        ["application/ld+json"] = ".json",
        ["application/x-ndjson"] = ".jsonl",
        ["message/rfc822"] = ".eml",
        ["application/zip"] = ".zip",
        ["application/x-zip-compressed"] = ".zip",
        [DocumentFormats.Pdf] = ".pdf",
        [DocumentFormats.Docx] = ".docx",
        [DocumentFormats.Pptx] = ".pptx",
        [DocumentFormats.Xlsx] = ".xlsx",
        [DocumentFormats.Epub] = ".epub",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly string[] Zipped = [".docx", ".docm", ".pptx", ".pptm", ".xlsx", ".xlsm", ".epub"];
    private static readonly string[] Texts = [".html", ".htm", ".xhtml", ".md", ".markdown", ".csv", ".tsv", ".json", ".jsonl", ".txt", ".text", ".log", ".eml"];

    /// <returns>The document's name, and what it is or why it can't be read.</returns>
    public static (string Name, Recognition Recognition) Recognize(Uri url, string? type, ReadOnlySpan<byte> head)
    {
        string name = Name(url, type, head);
        return (name, DocumentFormats.Recognize(name, head));
    }

    private static string Name(Uri url, string? type, ReadOnlySpan<byte> head)
    {
        string own = Path.GetExtension(PageName.Of(url)).ToLowerInvariant();
        string? declared = type is null ? null : Endings.GetValueOrDefault(type);
        if (head[..Math.Min(head.Length, 1024)].IndexOf("%PDF-"u8) >= 0)
        {
            return PageName.Of(url, ".pdf");
        }

        if (head.StartsWith("PK\x3\x4"u8))
        {
            string? zipped = declared is not null && Zipped.Contains(declared) ? declared : Zipped.Contains(own) ? own : declared == ".zip" ? declared : null;
            return zipped is null ? PageName.Of(url) : PageName.Of(url, zipped);
        }

        // A declared PDF or DOCX that is none is refused under that name, in words that say so.
        return declared switch
        {
            not null => PageName.Of(url, Same(own, declared) ? own : declared),
            null when IsHtml(head) => PageName.Of(url, ".html"),
            null when Texts.Contains(own) || Signature.Of(head) is not null => PageName.Of(url),
            _ => PageName.Of(url, ".txt"),
        };
    }

    private static bool Same(string own, string declared) => (own, declared) is (".htm" or ".xhtml", ".html") or (".markdown", ".md");

    private static bool IsHtml(ReadOnlySpan<byte> head)
    {
        string start = Encoding.UTF8.GetString(head[..Math.Min(head.Length, 512)]).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        return start.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || start.StartsWith("<html", StringComparison.OrdinalIgnoreCase);
    }
}
