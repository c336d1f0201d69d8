namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <summary>Undoes base64 of any line length; what is no letter of it is passed over, as RFC 2045 asks.</summary>
internal sealed class Base64Content(Stream encoded) : ReadStream
{
    private readonly byte[] _buffer = new byte[16 << 10];
    private readonly byte[] _out = new byte[12 << 10];
    private ReadOnlyMemory<byte> _ready = ReadOnlyMemory<byte>.Empty;
    private uint _bits;
    private int _letters;
    private bool _ended;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_ready.IsEmpty && !_ended)
        {
            int read = await encoded.ReadAsync(_buffer, cancellationToken);
            _ended = read == 0;
            _ready = _out.AsMemory(0, _ended ? Finish() : Decode(_buffer.AsSpan(0, read)));
        }

        int count = Math.Min(buffer.Length, _ready.Length);
        _ready[..count].CopyTo(buffer);
        _ready = _ready[count..];
        return count;
    }

    private int Decode(ReadOnlySpan<byte> letters)
    {
        int length = 0;
        foreach (byte letter in letters)
        {
            if (letter == (byte)'=')
            {
                length += Rest(_out.AsSpan(length));
                continue;
            }

            int value = Value(letter);
            if (value < 0)
            {
                continue;
            }

            _bits = (_bits << 6) | (uint)value;
            if (++_letters == 4)
            {
                _out[length++] = (byte)(_bits >> 16);
                _out[length++] = (byte)(_bits >> 8);
                _out[length++] = (byte)_bits;
                (_bits, _letters) = (0, 0);
            }
        }

        return length;
    }

    private int Finish() => Rest(_out);

    // One or two bytes are left of a group that is not full.
    private int Rest(Span<byte> to)
    {
        int bytes = _letters switch { 2 => 1, 3 => 2, _ => 0 };
        uint bits = _bits << (6 * (4 - _letters));
        for (int i = 0; i < bytes; i++)
        {
            to[i] = (byte)(bits >> (16 - (8 * i)));
        }

        (_bits, _letters) = (0, 0);
        return bytes;
    }

    private static int Value(byte letter) => letter switch
    {
        >= (byte)'A' and <= (byte)'Z' => letter - 'A',
        >= (byte)'a' and <= (byte)'z' => letter - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => letter - '0' + 52,
        (byte)'+' or (byte)'-' => 62,
        (byte)'/' or (byte)'_' => 63,
        _ => -1,
    };
}
