using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Plain text in any common encoding, of any length, a paragraph at a time.</summary>
internal sealed partial class PlainTextParser(IOptions<ParsingOptions> options) : FlowParser(options)
{
    // Lines this long, but for the last one, were wrapped by a program: they are joined again.
    private const int WrappedLine = 55;

    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Text];

    /// <summary>For formats that fall back to their plain text.</summary>
    public IAsyncEnumerable<FlowBlock> ReadPlainAsync(ParserInput input, CancellationToken cancellation) => ReadAsync(input, cancellation);

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var encoding = await TextEncoding.DetectAsync(input.Path, input.Charset, cancellation);
        await using var file = File.OpenRead(input.Path);
        using StreamReader reader = new(file, encoding, detectEncodingFromByteOrderMarks: true, bufferSize: 64 << 10);
        BoundedLines lines = new(reader, FlowPages.PageLength);
        var rowKind = Path.GetExtension(input.Name).ToUpperInvariant() switch
        {
            ".JSON" or ".JSONL" or ".NDJSON" => BlockKind.Code,
            _ => BlockKind.Paragraph,
        };
        Paragraph paragraph = new();
        while (await lines.NextAsync(cancellation) is { } line)
        {
            input.Fraction = (double)file.Position / Math.Max(1, file.Length);
            if (rowKind != BlockKind.Paragraph)
            {
                yield return new FlowBlock(rowKind, 0, line);
            }
            else if (string.IsNullOrWhiteSpace(line) || paragraph.Length + line.Length > FlowPages.PageLength)
            {
                if (paragraph.Take() is { } block)
                {
                    yield return block;
                }

                paragraph.Add(line);
            }
            else
            {
                paragraph.Add(line);
            }
        }

        if (paragraph.Take() is { } last)
        {
            yield return last;
        }
    }

    /// <summary>Short lines between blank ones that look like a heading are one.</summary>
    internal static bool LooksLikeHeading(string line) =>
        line.Length is >= 3 and <= 90 && !line.EndsWith('.') && !line.EndsWith(',') && !line.EndsWith(';')
        && (Numbered().IsMatch(line) || (line.Length <= 60 && Capitals().IsMatch(line)));

    [GeneratedRegex(@"^(?:(?:chapter|section|part|appendix|book|act|scene|article|annex)\s+[\dIVXLCA-Z]+\b|\d{1,2}(?:\.\d{1,2}){0,4}\.?\s+\p{Lu})", RegexOptions.IgnoreCase)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"^(?=.*\p{Lu}{2})[\p{Lu}\d][\p{Lu}\d '’,:&/()\-–—]+$")]
    private static partial Regex Capitals();

    private sealed class Paragraph
    {
        private readonly List<string> _lines = [];

        public int Length { get; private set; }

        public void Add(string line)
        {
            string trimmed = line.TrimEnd();
            if (trimmed.Length > 0)
            {
                _lines.Add(trimmed);
                Length += trimmed.Length + 1;
            }
        }

        public FlowBlock? Take()
        {
            if (_lines.Count == 0)
            {
                return null;
            }

            FlowBlock block = _lines is [var only] && LooksLikeHeading(only.Trim())
                ? FlowBlock.Heading(HeadingLevel(only.Trim()), only)
                : FlowBlock.Paragraph(Join());
            _lines.Clear();
            Length = 0;
            return block;
        }

        private static int HeadingLevel(string line)
        {
            string number = line.Split(' ', 2)[0].TrimEnd('.');
            return number.Length > 0 && char.IsDigit(number[0]) ? 1 + number.Count(letter => letter == '.') : 1;
        }

        private string Join()
        {
            bool wrapped = _lines.Count > 1
                && _lines.Take(_lines.Count - 1).All(line => line.Length >= WrappedLine && !line.Contains("  ", StringComparison.Ordinal));
            if (!wrapped)
            {
                return string.Join('\n', _lines);
            }

            StringBuilder text = new(Length);
            foreach (string line in _lines)
            {
                text.Append(text.Length > 0 ? " " : "").Append(line.TrimStart());
            }

            return text.ToString();
        }
    }
}
