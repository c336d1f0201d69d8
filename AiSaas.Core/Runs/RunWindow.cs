using System.Buffers;

namespace AiSaas.Core.Runs;

/// <summary>The newest frames of a run, once for all its readers: a ring of bytes that grows while somebody lags behind, up to a bound.
/// Beyond it the oldest go, and who still wanted them reads the log.</summary>
/// <remarks>
/// offsets count every byte there ever was: [Start … End), of which byte o lies at o mod the ring's size.
/// marks say where each frame ends and which id it has, so that frames are never cut and positions can be found.
/// </remarks>
internal sealed class RunWindow
{
    private const int Smallest = 1024;
    private const int Largest = 64 * 1024;

    private byte[] _bytes = [];
    private (RunEventId Id, long End)[] _marks = [];
    private int _firstMark;
    private int _markCount;

    public long Start { get; private set; }

    public long End { get; private set; }

    /// <summary>What the window holds begins right after this event; null: it holds a log from its beginning.</summary>
    public RunEventId? Before { get; private set; }

    /// <summary>Nothing is known yet, not even what the next frame follows on.</summary>
    public bool IsUnknown { get; private set; } = true;

    /// <summary>Forgets everything. Offsets given out before are never valid again.</summary>
    /// <param name="before">What the next frame follows on.</param>
    public void Restart(RunEventId? before)
    {
        Start = End = End + 1;
        (Before, IsUnknown, _firstMark, _markCount) = (before, false, 0, 0);
    }

    /// <param name="frames">Whole ones, with ids.</param>
    /// <param name="unread">Where the slowest reader is, asked only when it matters.</param>
    public void Add(ReadOnlySpan<byte> frames, Func<long> unread)
    {
        while (frames.Length > 0)
        {
            var (length, id) = RunFrames.Next(frames);
            if (id is { } named)
            {
                Add(frames[..length], named, unread);
            }

            frames = frames[length..];
        }
    }

    /// <summary>The offset right behind an event; null where that isn't in the window (any more).</summary>
    public long? After(RunEventId? seen)
    {
        if (IsUnknown || (Before is not null && (seen is null || seen < Before)))
        {
            return null;
        }

        // The last mark that isn't above what was seen.
        int low = 0, high = _markCount;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = seen is { } one && MarkAt(middle).Id <= one ? (middle + 1, high) : (low, middle);
        }

        return low == 0 ? Start : MarkAt(low - 1).End;
    }

    /// <summary>Whole frames from an offset on, at least one and about <paramref name="atMost"/> bytes.</summary>
    /// <returns>The offset behind them, and the last one's id.</returns>
    public (long Offset, RunEventId Last) CopyTo(IBufferWriter<byte> output, long offset, int atMost)
    {
        int low = 0, high = _markCount - 1;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = MarkAt(middle).End <= offset ? (middle + 1, high) : (low, middle);
        }

        while (low < _markCount - 1 && MarkAt(low + 1).End - offset <= atMost)
        {
            low++;
        }

        var (last, end) = MarkAt(low);
        int length = (int)(end - offset), at = (int)(offset & (_bytes.Length - 1)), first = Math.Min(length, _bytes.Length - at);
        output.Write(_bytes.AsSpan(at, first));
        output.Write(_bytes.AsSpan(0, length - first));
        return (end, last);
    }

    private void Add(ReadOnlySpan<byte> frame, RunEventId id, Func<long> unread)
    {
        if (frame.Length > Largest)
        {
            Restart(id);
            return;
        }

        MakeRoom(frame.Length, unread);
        int at = (int)(End & (_bytes.Length - 1)), first = Math.Min(frame.Length, _bytes.Length - at);
        frame[..first].CopyTo(_bytes.AsSpan(at));
        frame[first..].CopyTo(_bytes);
        End += frame.Length;
        if (_markCount == _marks.Length)
        {
            var more = new (RunEventId, long)[Math.Max(8, _marks.Length * 2)];
            for (int index = 0; index < _markCount; index++)
            {
                more[index] = MarkAt(index);
            }

            (_marks, _firstMark) = (more, 0);
        }

        _marks[(_firstMark + _markCount++) & (_marks.Length - 1)] = (id, End);
    }

    private void MakeRoom(int length, Func<long> unread)
    {
        if (End + length - Start <= _bytes.Length)
        {
            return;
        }

        long least = End + length - _bytes.Length;
        if (_bytes.Length < Largest && (length > _bytes.Length || unread() < least))
        {
            int size = Math.Max(_bytes.Length, Smallest);
            while (size < Largest && size < End + length - Start)
            {
                size *= 2;
            }

            Grow(size);
            least = End + length - size;
        }

        while (_markCount > 0 && Start < least)
        {
            (Before, Start) = _marks[_firstMark];
            (_firstMark, _markCount) = ((_firstMark + 1) & (_marks.Length - 1), _markCount - 1);
        }
    }

    private void Grow(int size)
    {
        byte[] more = new byte[size];
        for (long offset = Start; offset < End;)
        {
            int from = (int)(offset & (_bytes.Length - 1)), to = (int)(offset & (size - 1));
            int length = (int)Math.Min(End - offset, Math.Min(_bytes.Length - from, size - to));
            _bytes.AsSpan(from, length).CopyTo(more.AsSpan(to));
            offset += length;
        }

        _bytes = more;
    }

    private (RunEventId Id, long End) MarkAt(int index) => _marks[(_firstMark + index) & (_marks.Length - 1)];
}
