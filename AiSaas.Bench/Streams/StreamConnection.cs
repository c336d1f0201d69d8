using System.Net;
using System.Net.Sockets;
using System.Text;

namespace AiSaas.Bench.Streams;

/// <summary>One reader of one stream on a socket of its own: unpacks the chunked body and checks every byte of the answer.</summary>
internal sealed class StreamConnection(int port, string key, string run, int chunks, int counted) : IDisposable
{
    private static readonly TimeProvider Clock = TimeProvider.System;

    private readonly byte[] _read = new byte[2048];
    private byte[] _frames = new byte[512];
    private int _held;
    private int _chunkLeft;
    private int _sizeDigits;
    private bool _inBody;
    private int _next;
    private bool _ended;
    private Socket? _socket;

    /// <summary>Microseconds from when a chunk was due to when it was read, for the chunks that count.</summary>
    public List<int> Lags { get; } = new(counted);

    public string? Fault { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>How many chunks have come.</summary>
    public int Chunks => Volatile.Read(ref _next);

    /// <summary>Until the answer's headers are here.</summary>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await _socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellation);
        await _socket.SendAsync(
            Encoding.ASCII.GetBytes($"GET /api/runs/{run}/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n\r\n"), SocketFlags.None, cancellation);
        while (!_inBody && Fault is null)
        {
            await ReceiveAsync(cancellation);
        }
    }

    /// <summary>Until the stream's end.</summary>
    public async Task ReadAsync(CancellationToken cancellation)
    {
        while (!_ended && Fault is null)
        {
            await ReceiveAsync(cancellation);
        }

        Fault ??= _next == chunks ? null : $"{_next} of {chunks} chunks";
    }

    public void Dispose() => _socket?.Dispose();

    private async ValueTask ReceiveAsync(CancellationToken cancellation)
    {
        int count = await _socket!.ReceiveAsync(_read, SocketFlags.None, cancellation);
        long now = Clock.GetTimestamp();
        if (count == 0)
        {
            Fault = $"hung up after {_next} chunks";
            return;
        }

        Bytes += count;
        ReadOnlySpan<byte> bytes = _read.AsSpan(0, count);
        if (!_inBody)
        {
            int end = bytes.IndexOf("\r\n\r\n"u8);
            if (end < 0 || !bytes.StartsWith("HTTP/1.1 200"u8))
            {
                Fault = Encoding.UTF8.GetString(bytes);
                return;
            }

            _inBody = true;
            bytes = bytes[(end + 4)..];
        }

        Unpack(bytes);
        Check(now);
    }

    // Chunked transfer: a size in hex and a line end before each piece, a line end after it.
    private void Unpack(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_chunkLeft > 0)
            {
                int piece = Math.Min(_chunkLeft, bytes.Length);
                Hold(bytes[..piece]);
                _chunkLeft -= piece;
                bytes = bytes[piece..];
                continue;
            }

            byte one = bytes[0];
            bytes = bytes[1..];
            if (one == '\n' && _sizeDigits > 0)
            {
                (_chunkLeft, _sizeDigits) = (_sizeDigits - 1, 0);
            }
            else if (one is not ((byte)'\r' or (byte)'\n'))
            {
                // One more than the size so far, so that 0 means: none yet.
                _sizeDigits = (Math.Max(_sizeDigits - 1, 0) * 16) + Uri.FromHex((char)one) + 1;
            }
        }
    }

    private void Hold(ReadOnlySpan<byte> piece)
    {
        if (_held + piece.Length > _frames.Length)
        {
            Array.Resize(ref _frames, (_held + piece.Length) * 2);
        }

        piece.CopyTo(_frames.AsSpan(_held));
        _held += piece.Length;
    }

    private void Check(long now)
    {
        ReadOnlySpan<byte> frames = _frames.AsSpan(0, _held);
        while (Fault is null && frames.IndexOf("\n\n"u8) is var end && end >= 0)
        {
            var frame = frames[..end];
            frames = frames[(end + 2)..];
            int delta = frame.IndexOf("\"delta\":\""u8);
            _ended |= frame.SequenceEqual("data: [DONE]"u8);
            for (var text = delta < 0 ? default : frame[(delta + 9)..^2]; text.Length > 0;)
            {
                int length = StreamText.Read(text, _next, out long stamp);
                if (length == 0)
                {
                    Fault = $"chunk {_next} expected in {Encoding.UTF8.GetString(frame)}";
                    return;
                }

                if (_next++ >= chunks - counted)
                {
                    Lags.Add((int)(Math.Max(0, now - stamp) * 1_000_000 / Clock.TimestampFrequency));
                }

                text = text[length..];
            }
        }

        frames.CopyTo(_frames);
        _held = frames.Length;
    }
}
