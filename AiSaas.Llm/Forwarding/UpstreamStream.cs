using System.Buffers;

namespace AiSaas.Llm.Forwarding;

/// <summary>A provider's stream in a buffer that grows only while a single event does not fit.</summary>
internal sealed class UpstreamStream(Stream body, IDisposable? owner) : IDisposable
{
    private const int FirstSize = 32 * 1024;

    /// <summary>No honest event is larger; a tool call's arguments come in pieces.</summary>
    private const int LargestEvent = 16 * 1024 * 1024;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _start;
    private int _end;

    public ReadOnlySpan<byte> Unread => _buffer.AsSpan(_start, _end - _start);

    /// <summary>False once the body has ended; what is left in <see cref="Unread"/> is all.</summary>
    public async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        MakeRoom();
        int read = await body.ReadAsync(_buffer.AsMemory(_end), cancellation).ConfigureAwait(false);
        _end += read;
        return read > 0;
    }

    public void Consume(int bytes) => _start += bytes;

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        body.Dispose();
        owner?.Dispose();
    }

    private void MakeRoom()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }
        else if (_end == _buffer.Length && _start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            byte[] larger = _buffer.Length < LargestEvent
                ? ArrayPool<byte>.Shared.Rent(_buffer.Length * 2)
                : throw new IOException($"An event of the stream exceeds {LargestEvent / 1024 / 1024} MB.");
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
    }
}
