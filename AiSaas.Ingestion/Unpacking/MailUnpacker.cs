using System.Runtime.CompilerServices;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Formats.Mail;

namespace AiSaas.Ingestion.Unpacking;

/// <summary>The files that came with a mail, mails in it included.</summary>
internal sealed class MailUnpacker : IUnpacker
{
    public string ContentType => DocumentFormats.Mail;

    public bool HasText => true;

    public async IAsyncEnumerable<FoundFile> ReadAsync(Stream original, [EnumeratorCancellation] CancellationToken cancellation)
    {
        MailReader mail = new(original);
        HashSet<string> named = new(StringComparer.OrdinalIgnoreCase);
        await foreach (var part in mail.ReadAsync(cancellation))
        {
            if (!part.IsBody && NameOf(part.Headers) is { } name)
            {
                yield return new FoundFile(
                    Unique(name, named), (double)mail.Position / Math.Max(1, original.Length), _ => Task.FromResult(part.Content));
            }
        }
    }

    /// <returns>Null for what nobody attached: pictures of the text, signatures, calendars' twins.</returns>
    private static string? NameOf(MailHeaders headers)
    {
        bool attached = headers.Disposition == "attachment";
        return headers.ContentType switch
        {
            "message/rfc822" => headers.FileName is { } name ? WithEnding(DocumentFormats.SafeName(name), ".eml") : "message.eml",
            var type when type.StartsWith("image/", StringComparison.Ordinal) && !attached => null,
            "application/pgp-signature" or "application/pkcs7-signature" or "application/x-pkcs7-signature" => null,
            _ when headers.FileName is { } name => DocumentFormats.SafeName(name),
            DocumentFormats.Pdf when attached => "attachment.pdf",
            DocumentFormats.Html when attached => "attachment.html",
            DocumentFormats.Text when attached => "attachment.txt",
            _ when attached => "attachment",
            _ => null,
        };
    }

    private static string WithEnding(string name, string ending) =>
        name.EndsWith(ending, StringComparison.OrdinalIgnoreCase) || name.Length > DocumentFormats.MaxName - ending.Length ? name : name + ending;

    // Two invoices are often both invoice.pdf.
    private static string Unique(string name, HashSet<string> named)
    {
        string unique = name;
        for (int number = 2; !named.Add(unique); number++)
        {
            string ending = Path.GetExtension(name);
            unique = $"{name[..^ending.Length]} ({number}){ending}";
        }

        return unique.Length <= DocumentFormats.MaxName ? unique : DocumentFormats.SafeName(unique);
    }
}
