using System.Buffers;

namespace AiSaas.Llm.Wire.Sse;

/// <summary>Splits a stream of bytes into server-sent events, however the bytes are cut.</summary>
/// <remarks>
/// As the WHATWG rules have it: lines end with LF, CR or CRLF; a byte order mark at the start, comments and unknown fields are
/// ignored; an event without data is none. One scanner per stream; its buffers are reused from event to event. Not thread-safe.
/// </remarks>
/// <param name="maxEventBytes">What one event may hold.</param>
public sealed class SseScanner(int maxEventBytes = SseScanner.DefaultMaxEventBytes)
{
    public const int DefaultMaxEventBytes = 16 * 1024 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private readonly ArrayBufferWriter<byte> _line = new(), _data = new(), _name = new(), _id = new();
    private bool _started, _hasData, _afterCarriageReturn, _dispatched;

    /// <summary>The last <c>id:</c> that came.</summary>
    public ReadOnlySpan<byte> LastId => _id.WrittenSpan;

    /// <summary>Reads on until an event is whole.</summary>
    /// <param name="input">What came; on return what is left of it. The bytes taken by a call that finds an event end with that
    /// event's blank line, so a caller may pass on or hold back whole frames.</param>
    /// <returns>False when all of <paramref name="input"/> is taken and no event is whole: call again with more.</returns>
    /// <exception cref="WireException">An event is larger than allowed.</exception>
    public bool TryRead(ref ReadOnlySpan<byte> input, out SseEvent found)
    {
        Forget();
        while (!input.IsEmpty)
        {
            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                if (input[0] == (byte)'\n')
                {
                    input = input[1..];
                    continue;
                }
            }

            int end = input.IndexOfAny((byte)'\n', (byte)'\r');
            if (end < 0)
            {
                Keep(input);
                input = [];
                break;
            }

            var line = input[..end];
            if (_line.WrittenCount > 0)
            {
                Keep(line);
                line = _line.WrittenSpan;
            }

            // The LF of a CRLF goes with its line if it is here already; if not, it is skipped when it comes.
            bool carriageReturn = input[end] == (byte)'\r', whole = carriageReturn && end + 1 < input.Length && input[end + 1] == (byte)'\n';
            _afterCarriageReturn = carriageReturn && end + 1 == input.Length;
            input = input[(end + (whole ? 2 : 1))..];
            bool isEvent = Take(line);
            _line.ResetWrittenCount();
            if (isEvent)
            {
                found = Found();
                return true;
            }
        }

        found = default;
        return false;
    }

    /// <summary>The stream has ended: gives the event that lacks only its blank line, as some servers leave it.</summary>
    public bool TryReadLast(out SseEvent found)
    {
        Forget();
        if (_line.WrittenCount > 0)
        {
            Take(_line.WrittenSpan);
            _line.ResetWrittenCount();
        }

        found = _hasData ? Found() : default;
        return _dispatched;
    }

    private SseEvent Found()
    {
        _dispatched = true;
        return new(_name.WrittenSpan, _data.WrittenSpan);
    }

    private void Forget()
    {
        if (_dispatched)
        {
            _dispatched = _hasData = false;
            _data.ResetWrittenCount();
            _name.ResetWrittenCount();
        }
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        Allow(part.Length);
        _line.Write(part);
    }

    private void Allow(int more)
    {
        if ((long)_line.WrittenCount + _data.WrittenCount + more > maxEventBytes)
        {
            throw new WireException($"The provider's stream holds an event of more than {maxEventBytes} bytes.");
        }
    }

    /// <returns>Whether the line ends an event that has data.</returns>
    private bool Take(ReadOnlySpan<byte> line)
    {
        if (!_started)
        {
            _started = true;
            line = line.StartsWith(ByteOrderMark) ? line[ByteOrderMark.Length..] : line;
        }

        if (line.IsEmpty)
        {
            if (!_hasData)
            {
                _name.ResetWrittenCount();
            }

            return _hasData;
        }

        int colon = line.IndexOf((byte)':');
        var field = colon < 0 ? line : line[..colon];
        var value = colon < 0 ? [] : line[(colon + 1)..];
        value = value.StartsWith((byte)' ') ? value[1..] : value;
        if (field.SequenceEqual("data"u8))
        {
            AddData(value);
        }
        else if (field.SequenceEqual("event"u8))
        {
            Set(_name, value);
        }
        else if (field.SequenceEqual("id"u8) && !value.Contains((byte)0))
        {
            Set(_id, value);
        }

        return false;
    }

    private void AddData(ReadOnlySpan<byte> value)
    {
        // A kept line is counted in full already; its copy into the data is not a second one.
        Allow(_line.WrittenCount > 0 ? 0 : value.Length + 1);
        if (_hasData)
        {
            _data.Write("\n"u8);
        }

        _hasData = true;
        _data.Write(value);
    }

    private static void Set(ArrayBufferWriter<byte> field, ReadOnlySpan<byte> value)
    {
        field.ResetWrittenCount();
        field.Write(value);
    }
}
