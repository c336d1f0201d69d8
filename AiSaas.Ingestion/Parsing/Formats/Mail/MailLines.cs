namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <param name="Bytes">Without the line's end; good until the next one is read.</param>
/// <param name="IsStart">False for the further pieces of a line that is too long to be held.</param>
internal readonly record struct MailLine(ReadOnlyMemory<byte> Bytes, bool IsStart);

/// <summary>A mail line by line, in bounded memory however long its lines are.</summary>
internal sealed class MailLines(Stream stream)
{
    private const int Longest = 64 << 10;

    private readonly byte[] _buffer = new byte[2 * Longest];
    private int _start;
    private int _end;
    private bool _ended;
    private bool _atStart = true;
    private MailLine? _again;

    /// <summary>Bytes that were read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Lets the next call yield this one again.</summary>
    public void Again(MailLine line) => _again = line;

    /// <returns>Null at the end.</returns>
    public async ValueTask<MailLine?> NextAsync(CancellationToken cancellation)
    {
        if (_again is { } line)
        {
            _again = null;
            return line;
        }

        while (true)
        {
            int found = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (found >= 0)
            {
                return Take(found, found + 1, ends: true);
            }

            if (_end - _start >= Longest)
            {
                return Take(Longest, Longest, ends: false);
            }

            if (_ended)
            {
                return _end > _start ? Take(_end - _start, _end - _start, ends: true) : null;
            }

            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            _ended = read == 0;
            _end += read;
            Position += read;
        }
    }

    private MailLine Take(int length, int consumed, bool ends)
    {
        MailLine line = new(_buffer.AsMemory(_start, length), _atStart);
        _start += consumed;
        _atStart = ends;
        return ends && line.Bytes.Span is [.., (byte)'\r'] ? line with { Bytes = line.Bytes[..^1] } : line;
    }
}
