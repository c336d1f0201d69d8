using System.Runtime.CompilerServices;
using System.Text;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <summary>What a mail says: who, to whom, when, and its text. Where it says the same twice, the plain text is read.</summary>
/// <remarks>Attachments become documents of their own (<see cref="Unpacking.MailUnpacker"/>).</remarks>
internal sealed class MailParser(IOptions<ParsingOptions> options) : FlowParser(options)
{
    // A mail's own words; what is longer was attached.
    private const int MostBytes = 16 << 20;

    private static readonly string[] Shown = ["From", "To", "Cc", "Date"];

    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Mail];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = File.OpenRead(input.Path);
        MailReader mail = new(file);
        bool begun = false;
        int said = 0;
        string? formatted = null;
        await foreach (var part in mail.ReadAsync(cancellation))
        {
            input.Fraction = (double)mail.Position / Math.Max(1, file.Length);
            if (!begun)
            {
                begun = true;
                foreach (var block in Head(mail.Headers!, input))
                {
                    yield return block;
                }
            }

            if (!part.IsBody || (said != 0 && said == part.Alternative))
            {
                continue;
            }

            // Nothing better came for the one before.
            foreach (var block in Blocks(ref formatted))
            {
                yield return block;
            }

            string text = await TextAsync(part, cancellation);
            if (part.Headers.ContentType == "text/html")
            {
                formatted = text;
            }
            else if (!string.IsNullOrWhiteSpace(text))
            {
                said = part.Alternative;
                foreach (string paragraph in Paragraphs(text, part.Headers))
                {
                    yield return FlowBlock.Paragraph(paragraph);
                }
            }
        }

        if (!begun && mail.Headers is { } headers)
        {
            foreach (var block in Head(headers, input))
            {
                yield return block;
            }
        }

        foreach (var block in Blocks(ref formatted))
        {
            yield return block;
        }

        input.Fraction = 1;
    }

    private static IEnumerable<FlowBlock> Head(MailHeaders headers, ParserInput input)
    {
        input.Title = headers.Text("Subject");
        if (input.Title is { } subject)
        {
            yield return FlowBlock.Heading(0, subject);
        }

        string lines = string.Join('\n', Shown.Select(name => headers.Text(name) is { } text ? $"{name}: {text}" : null).OfType<string>());
        if (lines.Length > 0)
        {
            yield return FlowBlock.Paragraph(lines);
        }
    }

    private static List<FlowBlock> Blocks(ref string? formatted)
    {
        if (formatted is not { } page)
        {
            return [];
        }

        formatted = null;
        return HtmlTree.Read(page);
    }

    private static async Task<string> TextAsync(MailPart part, CancellationToken cancellation)
    {
        using MemoryStream text = new();
        byte[] buffer = new byte[32 << 10];
        for (int read; (read = await part.Content.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (text.Length + read > MostBytes)
            {
                throw DocumentFaultException.TooMuch($"The text of this mail is longer than {MostBytes >> 20} MB.");
            }

            text.Write(buffer.AsSpan(0, read));
        }

        return MailCharsets.Decode(text.GetBuffer().AsSpan(0, (int)text.Length), part.Headers.TypeParameters.GetValueOrDefault("charset"));
    }

    private static IEnumerable<string> Paragraphs(string text, MailHeaders headers)
    {
        // RFC 3676: a line that ends in a space goes on in the next one.
        bool flowed = string.Equals(headers.TypeParameters.GetValueOrDefault("format"), "flowed", StringComparison.OrdinalIgnoreCase);
        StringBuilder paragraph = new();
        foreach (string line in CleanText.Of(text).Split('\n'))
        {
            if (string.IsNullOrWhiteSpace(line) || paragraph.Length + line.Length > FlowPages.PageLength)
            {
                if (paragraph.Length > 0)
                {
                    yield return paragraph.ToString();
                }

                paragraph.Clear();
            }

            // "-- " stands before a signature, and joins nothing.
            bool goesOn = flowed && paragraph is [.., ' '] && line is not "-- ";
            paragraph.Append(paragraph.Length == 0 || goesOn ? "" : "\n").Append(flowed ? line : line.TrimEnd());
        }

        if (paragraph.Length > 0)
        {
            yield return paragraph.ToString();
        }
    }
}
