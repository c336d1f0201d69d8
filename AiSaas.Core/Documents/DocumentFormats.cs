using AiSaas.Contracts.Common;

namespace AiSaas.Core.Documents;

/// <summary>Decides what an upload is: its name and its first bytes must agree.</summary>
/// <remarks>A name that is unknown is no refusal: whatever reads as text is read as text.</remarks>
public static class DocumentFormats
{
    public const string Pdf = "application/pdf";
    public const string Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    public const string Pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
    public const string Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    public const string Epub = "application/epub+zip";
    public const string Html = "text/html";
    public const string Markdown = "text/markdown";
    public const string Text = "text/plain";
    public const string Csv = "text/csv";
    public const string Json = "application/json";
    public const string Zip = "application/zip";
    public const string Mail = "message/rfc822";

    /// <summary>Characters of a document's name, folders included.</summary>
    public const int MaxName = 255;

    private const int MostFolders = 32;

    /// <summary>What we read, in words, for refusals.</summary>
    public const string Readable = "PDF, DOCX, PPTX, XLSX, EPUB, HTML, Markdown, text, CSV, JSON, mails (EML) and ZIP archives of those";

    private static readonly Dictionary<string, string> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".pdf"] = Pdf,
        [".docx"] = Docx,
        [".docm"] = Docx,
        [".pptx"] = Pptx,
        [".pptm"] = Pptx,
        [".xlsx"] = Xlsx,
        [".xlsm"] = Xlsx,
        [".epub"] = Epub,
        [".html"] = Html,
        [".htm"] = Html,
        [".xhtml"] = Html,
        [".md"] = Markdown,
        [".markdown"] = Markdown,
        [".csv"] = Csv,
        [".tsv"] = Csv,
        [".json"] = Json,
        [".jsonl"] = Json,
        [".ndjson"] = Json,
        [".txt"] = Text,
        [".text"] = Text,
        [".log"] = Text,
        [".eml"] = Mail,
        [".zip"] = Zip,
    };

    // What people call what they uploaded; its first bytes only say "a ZIP archive".
    private static readonly Dictionary<string, string> Unread = new(StringComparer.OrdinalIgnoreCase)
    {
        [".ppt"] = "a presentation",
        [".odp"] = "a presentation",
        [".xls"] = "a spreadsheet",
        [".ods"] = "a spreadsheet",
        [".doc"] = "a document of an old Word",
        [".odt"] = "an OpenDocument text",
    };

    /// <param name="name">The file's name as uploaded.</param>
    /// <param name="head">Its first bytes, at most 64 KiB.</param>
    public static Recognition Recognize(string name, ReadOnlySpan<byte> head)
    {
        string extension = Path.GetExtension(name);
        string? claimed = ByExtension.GetValueOrDefault(extension);
        if (head.IsEmpty)
        {
            return new Recognition.Refused(claimed ?? Text, new Failure("documents:empty", "The file is empty: it has 0 bytes."));
        }

        string? magic = Signature.Of(head);
        return (claimed, magic) switch
        {
            (Pdf, Signature.Pdf) => new Recognition.Readable(Pdf),
            (Docx or Pptx or Xlsx or Epub or Zip, Signature.Zip) => new Recognition.Readable(claimed),
            // Whatever a mail carries stands in its text, its first kilobyte included.
            (Mail, null or Signature.Pdf) => new Recognition.Readable(Mail),
            (Pdf or Docx or Pptx or Xlsx or Epub or Zip, _) => Disagrees(claimed, extension, magic),
            (not null, null) => new Recognition.Readable(claimed),
            (not null, _) => Disagrees(claimed, extension, magic),
            (null, Signature.Pdf) when extension.Length == 0 => new Recognition.Readable(Pdf),
            (null, null) => new Recognition.Readable(Text),
            _ => new Recognition.Refused("application/octet-stream", new Failure(
                "documents:unsupported",
                $"This is {Unread.GetValueOrDefault(extension, magic!)}, which can't be read yet. AiSaas reads {Readable}.")),
        };
    }

    /// <summary>The name as it is stored and shown: no folders, no control characters, at most 255 characters.</summary>
    public static string SafeName(string? raw)
    {
        string name = (raw ?? "").Replace('\\', '/');
        name = name[(name.LastIndexOf('/') + 1)..];
        name = new string([.. name.Where(letter => !char.IsControl(letter) && !IsDirectionOverride(letter))]).Trim();
        if (name.Length > 255)
        {
            string extension = Path.GetExtension(name);
            extension = extension.Length <= 16 ? extension : "";
            int keep = 255 - extension.Length;
            name = name[..(char.IsHighSurrogate(name[keep - 1]) ? keep - 1 : keep)] + extension;
        }

        return name is "" or "." or ".." ? "unnamed" : name;
    }

    /// <summary>The same for a file in a folder: <c>manuals/pump.md</c>. Folders are kept, ways out of them are not.</summary>
    /// <remarks>A path from a root or a drive says where it lay on somebody's machine: of that only the name is kept. Folders that
    /// make it too long are left out from the left.</remarks>
    public static string SafePath(string? raw)
    {
        string path = (raw ?? "").Replace('\\', '/');
        if (path.StartsWith('/') || path is [_, ':', ..])
        {
            return SafeName(path);
        }

        string[] segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string safe = SafeName(segments is [] ? null : segments[^1]);
        int most = Math.Min(segments.Length, MostFolders + 1);
        for (int i = 2; i <= most; i++)
        {
            string folder = SafeName(segments[^i]);
            if (folder == "unnamed")
            {
                continue;
            }

            if (folder.Length + 1 + safe.Length > MaxName)
            {
                break;
            }

            safe = $"{folder}/{safe}";
        }

        return safe;
    }

    private static Recognition.Refused Disagrees(string claimed, string extension, string? magic) =>
        new(claimed, new Failure(
            "documents:not-what-it-says",
            $"The name ends in {extension.ToLowerInvariant()}, but the content is {magic ?? "something else"}. Give the file its real ending, or check that it is not damaged."));

    // "invoice‮fdp.exe" reads as "invoiceexe.pdf".
    private static bool IsDirectionOverride(char letter) => letter is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}

/// <summary>What <see cref="DocumentFormats.Recognize"/> found.</summary>
public abstract record Recognition(string ContentType)
{
    public sealed record Readable(string ContentType) : Recognition(ContentType);

    public sealed record Refused(string ContentType, Failure Failure) : Recognition(ContentType);
}
