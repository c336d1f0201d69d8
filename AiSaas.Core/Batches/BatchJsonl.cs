using System.Buffers;
using System.IO.Pipelines;

namespace AiSaas.Core.Batches;

/// <summary>Reads a JSONL file: one item a line, as it arrives.</summary>
internal static class BatchJsonl
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="BatchFaultException">A line can't be taken.</exception>
    public static async Task ReadAsync(Stream content, BatchDraft draft, int maxItemBytes, CancellationToken cancellation)
    {
        var input = PipeReader.Create(content, new(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            for (int line = 0; ;)
            {
                var read = await input.ReadAsync(cancellation);
                var rest = read.Buffer;
                while (rest.PositionOf((byte)'\n') is { } end)
                {
                    Take(rest.Slice(0, end), draft, ++line);
                    rest = rest.Slice(rest.GetPosition(1, end));
                    await draft.Spool.SpillAsync(cancellation);
                }

                if (rest.Length > maxItemBytes)
                {
                    throw draft.TooLarge(line + 1);
                }

                if (read.IsCompleted)
                {
                    Take(rest, draft, ++line);
                    return;
                }

                input.AdvanceTo(rest.Start, rest.End);
            }
        }
        finally
        {
            await input.CompleteAsync();
        }
    }

    private static void Take(in ReadOnlySequence<byte> bytes, BatchDraft draft, int line)
    {
        var text = bytes.IsSingleSegment ? bytes.First : bytes.ToArray();
        if (line == 1 && text.Span.StartsWith(ByteOrderMark))
        {
            text = text[ByteOrderMark.Length..];
        }

        text = Trim(text);
        if (!text.IsEmpty)
        {
            draft.Add(text, line);
        }
    }

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> text)
    {
        var span = text.Span;
        int start = span.IndexOfAnyExcept(" \t\r"u8);
        return start < 0 ? default : text[start..(span.LastIndexOfAnyExcept(" \t\r"u8) + 1)];
    }
}
