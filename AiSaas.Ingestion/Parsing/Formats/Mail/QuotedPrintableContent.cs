namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <summary>Undoes quoted-printable: <c>=E9</c> is a byte, <c>=</c> before a line end joins two lines; what is neither stays as it is.</summary>
internal sealed class QuotedPrintableContent(Stream encoded) : ReadStream
{
    private readonly byte[] _buffer = new byte[16 << 10];
    private readonly byte[] _out = new byte[(16 << 10) + 4];
    private readonly byte[] _held = new byte[3];
    private ReadOnlyMemory<byte> _ready = ReadOnlyMemory<byte>.Empty;
    private int _holding;
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_ready.IsEmpty && !_ended)
        {
            int read = await encoded.ReadAsync(_buffer, cancellationToken);
            _ended = read == 0;
            _ready = _out.AsMemory(0, _ended ? Release(0) : Decode(_buffer.AsSpan(0, read)));
        }

        int count = Math.Min(buffer.Length, _ready.Length);
        _ready[..count].CopyTo(buffer);
        _ready = _ready[count..];
        return count;
    }

    private int Decode(ReadOnlySpan<byte> bytes)
    {
        int length = 0;
        foreach (byte one in bytes)
        {
            if (_holding == 0)
            {
                if (one == (byte)'=')
                {
                    _held[_holding++] = one;
                }
                else
                {
                    _out[length++] = one;
                }

                continue;
            }

            _held[_holding++] = one;
            if (one == (byte)'\n')
            {
                // "=\r\n", or "=\n": the line goes on.
                _holding = 0;
            }
            else if (_holding == 3)
            {
                if (Hex(_held[1]) is >= 0 and var high && Hex(_held[2]) is >= 0 and var low)
                {
                    _out[length++] = (byte)((high << 4) | low);
                    _holding = 0;
                }
                else
                {
                    length = Release(length);
                }
            }
        }

        return length;
    }

    private int Release(int length)
    {
        _held.AsSpan(0, _holding).CopyTo(_out.AsSpan(length));
        length += _holding;
        _holding = 0;
        return length;
    }

    private static int Hex(byte letter) => letter switch
    {
        >= (byte)'0' and <= (byte)'9' => letter - '0',
        >= (byte)'A' and <= (byte)'F' => letter - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => letter - 'a' + 10,
        _ => -1,
    };
}
