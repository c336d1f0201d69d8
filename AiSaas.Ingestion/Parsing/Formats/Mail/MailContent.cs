namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <summary>What lies between two boundaries, as it was sent. The line end in front of a boundary belongs to that.</summary>
/// <param name="boundary">Which boundary a line is, if it is one.</param>
internal sealed class MailContent(MailLines lines, Func<ReadOnlyMemory<byte>, MailBoundary?> boundary) : ReadStream
{
    private static readonly byte[] LineEnd = "\r\n"u8.ToArray();

    private ReadOnlyMemory<byte> _front = ReadOnlyMemory<byte>.Empty;
    private ReadOnlyMemory<byte> _line = ReadOnlyMemory<byte>.Empty;
    private bool _begun;
    private bool _done;

    /// <summary>What ended it; null where the mail ended, or as long as it hasn't.</summary>
    public MailBoundary? End { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_front.IsEmpty && _line.IsEmpty && !_done)
        {
            await NextAsync(cancellationToken);
        }

        ref var from = ref _line;
        if (!_front.IsEmpty)
        {
            from = ref _front;
        }

        int count = Math.Min(buffer.Length, from.Length);
        from[..count].CopyTo(buffer);
        from = from[count..];
        return count;
    }

    /// <summary>Reads to the end what nobody wants.</summary>
    public async Task SkipAsync(CancellationToken cancellation)
    {
        while (!_done)
        {
            await NextAsync(cancellation);
        }
    }

    private async Task NextAsync(CancellationToken cancellation)
    {
        if (await lines.NextAsync(cancellation) is not { } line)
        {
            _done = true;
            return;
        }

        if (line.IsStart && boundary(line.Bytes) is { } end)
        {
            (End, _done) = (end, true);
            return;
        }

        _front = _begun && line.IsStart ? LineEnd : ReadOnlyMemory<byte>.Empty;
        _line = line.Bytes;
        _begun = true;
    }
}

/// <param name="Level">Of the multipart that it belongs to; 0 for the outermost.</param>
/// <param name="IsLast">It closes that one.</param>
internal sealed record MailBoundary(int Level, bool IsLast);
