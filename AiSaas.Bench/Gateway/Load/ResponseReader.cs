using System.Buffers.Text;

namespace AiSaas.Bench.Gateway.Load;

/// <summary>Reads one HTTP/1.1 answer after the other off a kept connection, as cheaply as a load generator must.</summary>
internal sealed class ResponseReader
{
    private const int MaxBytes = 4 * 1024 * 1024;

    private byte[] _bytes = new byte[16 * 1024];
    private int _filled;
    private int _parsed;
    private int _bodyEnd;
    private int _head;
    private int _length;
    private bool _chunked;

    public int Status { get; private set; }

    public ReadOnlySpan<byte> Body => _bytes.AsSpan(_head, (_chunked ? _bodyEnd : _filled) - _head);

    public Memory<byte> Free
    {
        get
        {
            if (_filled == _bytes.Length)
            {
                Array.Resize(ref _bytes, _bytes.Length < MaxBytes ? _bytes.Length * 2 : throw new IOException("The answer is too long."));
            }

            return _bytes.AsMemory(_filled);
        }
    }

    public void Begin() => _filled = _parsed = _bodyEnd = _head = _length = Status = 0;

    /// <returns>Whether the answer is complete.</returns>
    public bool Read(int count)
    {
        _filled += count;
        if (_head == 0 && !ReadHead())
        {
            return false;
        }

        return _chunked ? ReadChunks() : _filled >= _head + _length;
    }

    private bool ReadHead()
    {
        int end = _bytes.AsSpan(0, _filled).IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        var head = _bytes.AsSpan(0, end + 2);
        if (!Utf8Parser.TryParse(head[9..], out int status, out _))
        {
            throw new IOException("The answer is not HTTP.");
        }

        Status = status;
        _head = _parsed = _bodyEnd = end + 4;
        _chunked = Value(head, "transfer-encoding: "u8).StartsWith("chunked"u8);
        _ = Utf8Parser.TryParse(Value(head, "content-length: "u8), out _length, out _);
        return true;
    }

    // Each chunk is a length in hex, its bytes and a line break; one without bytes ends the body. What they hold is moved together
    // in place: an event may be cut by a chunk.
    private bool ReadChunks()
    {
        while (true)
        {
            var rest = _bytes.AsSpan(_parsed, _filled - _parsed);
            int line = rest.IndexOf("\r\n"u8);
            if (line < 0)
            {
                return false;
            }

            if (!Utf8Parser.TryParse(rest[..line], out int size, out _, 'x'))
            {
                throw new IOException("A chunk has no length.");
            }

            int next = line + 2 + size + 2;
            if (rest.Length < next)
            {
                return false;
            }

            rest.Slice(line + 2, size).CopyTo(_bytes.AsSpan(_bodyEnd));
            _bodyEnd += size;
            _parsed += next;
            if (size == 0)
            {
                return true;
            }
        }
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        for (int at = 0; head[at..].IndexOf("\r\n"u8) is >= 0 and var length; at += length + 2)
        {
            var line = head.Slice(at, length);
            if (line.Length > name.Length && System.Text.Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                return line[name.Length..];
            }
        }

        return [];
    }
}
