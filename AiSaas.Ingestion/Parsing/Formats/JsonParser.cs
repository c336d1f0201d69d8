using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing.Flow;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>JSON and JSON lines, as lines that say what stands where; what is no JSON after all is read as the text that it is.</summary>
internal sealed class JsonParser(IOptions<ParsingOptions> options, PlainTextParser plain) : FlowParser(options)
{
    private static readonly string[] Lines = [".JSONL", ".NDJSON"];

    public override IReadOnlyList<string> ContentTypes => [DocumentFormats.Json];

    protected override async IAsyncEnumerable<FlowBlock> ReadAsync(
        ParserInput input, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var encoding = await TextEncoding.DetectAsync(input.Path, input.Charset, cancellation);
        bool lines = Lines.Contains(Path.GetExtension(input.Name).ToUpperInvariant());
        if (!await IsJsonAsync(input.Path, encoding, lines, cancellation))
        {
            await foreach (var block in plain.ReadPlainAsync(input, cancellation))
            {
                yield return block;
            }

            yield break;
        }

        await using var file = File.OpenRead(input.Path);
        await using var json = Utf8(file, encoding);
        JsonRecords records = new(json, lines);
        while (await records.NextAsync(cancellation) is { } stretch)
        {
            foreach (string line in stretch)
            {
                yield return FlowBlock.Row(line);
            }

            input.Fraction = (double)file.Position / Math.Max(1, file.Length);
        }
    }

    // Looked through before the first page is given away: the end of a file may show that its beginning was misread.
    private static async Task<bool> IsJsonAsync(string path, Encoding encoding, bool lines, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        await using var json = Utf8(file, encoding);
        try
        {
            JsonRecords records = new(json, lines);
            while (await records.NextAsync(cancellation) is not null)
            {
            }

            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Invalid UTF-16 in an escape is an InvalidOperationException.
            return false;
        }
    }

    private static Stream Utf8(FileStream file, Encoding encoding)
    {
        int mark = encoding.Preamble.Length;
        Span<byte> head = stackalloc byte[4];
        int read = file.ReadAtLeast(head, mark, throwOnEndOfStream: false);
        file.Position = read >= mark && head[..mark].SequenceEqual(encoding.Preamble) ? mark : 0;
        return encoding is UTF8Encoding ? file : Encoding.CreateTranscodingStream(file, encoding, new UTF8Encoding(false), leaveOpen: true);
    }
}
