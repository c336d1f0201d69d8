using System.Buffers;
using System.Threading.Tasks.Sources;

namespace AiSaas.Core.Runs;

/// <summary>What <see cref="RunReader.Take"/> came to.</summary>
public enum RunRead
{
    /// <summary>Nothing is at hand: <see cref="RunReader.WaitAsync"/>.</summary>
    Nothing,

    /// <summary>Something was written; there may be more.</summary>
    Some,

    /// <summary>The run's end has been taken, or the reader was let go.</summary>
    Ended,
}

/// <summary>One reader of one run. For one caller at a time; <see cref="Wake"/> and <see cref="Release"/> from anywhere.</summary>
/// <remarks>It holds a position and, while it catches up, one page of the log; a slow reader costs no more than that.</remarks>
public sealed class RunReader : IValueTaskSource, IAsyncDisposable
{
    private const int Idle = 0, Rung = 1, Waiting = 2;

    // What is handed out at once: about what a connection buffers.
    private const int AtMost = 16 * 1024;

    private readonly RunFeed _feed;
    private ManualResetValueTaskSourceCore<bool> _core = new() { RunContinuationsAsynchronously = true };
    private int _state;
    private RunPage? _page;
    private int _inPage;
    private bool _given;

    private bool _dropsFirst;

    internal RunReader(RunFeed feed, RunEventId? after)
    {
        _feed = feed;
        _dropsFirst = after == RunEventId.Anew;
        Last = _dropsFirst ? null : after;
    }

    /// <summary>The newest event taken, or the one that reading began after.</summary>
    public RunEventId? Last { get; private set; }

    /// <summary>It was let go before the run's end.</summary>
    public bool IsReleased { get; private set; }

    /// <summary>Where it is in the feed's window; -1 outside.</summary>
    internal long Offset { get; set; } = -1;

    /// <summary>It has taken the run's end.</summary>
    internal bool HasEnded { get; private set; }

    /// <summary>A page of the log is being read for it.</summary>
    internal bool IsFetching { get; set; }

    internal bool HasPage => _page is not null;

    /// <summary>What the feed knew when the log had nothing more for it.</summary>
    internal long Looked { get; set; } = -1;

    /// <summary>It has been given something, now or on an earlier connection.</summary>
    internal bool HasSeen => _given || Last is not null;

    /// <summary>Writes what there is, in whole frames.</summary>
    public RunRead Take(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (HasEnded || IsReleased)
        {
            return RunRead.Ended;
        }

        if (_dropsFirst)
        {
            // It was given the stored answer in place of a lost log, and broke off before the end: what it has of that goes.
            output.Write(RunFrames.Drop);
            (_dropsFirst, _given) = (false, true);
            return RunRead.Some;
        }

        if (_page is not null)
        {
            return TakePage(output);
        }

        return _feed.Take(this, output, AtMost);
    }

    /// <summary>Until there may be something to take, or somebody called <see cref="Wake"/>.</summary>
    public ValueTask WaitAsync()
    {
        if (Interlocked.CompareExchange(ref _state, Idle, Rung) == Rung)
        {
            return ValueTask.CompletedTask;
        }

        _core.Reset();
        if (Interlocked.CompareExchange(ref _state, Waiting, Idle) == Idle)
        {
            return new(this, _core.Version);
        }

        Volatile.Write(ref _state, Idle);
        return ValueTask.CompletedTask;
    }

    public void Wake()
    {
        while (true)
        {
            int state = Volatile.Read(ref _state);
            if (state == Rung || (state == Idle && Interlocked.CompareExchange(ref _state, Rung, Idle) == Idle))
            {
                return;
            }

            if (state == Waiting && Interlocked.CompareExchange(ref _state, Idle, Waiting) == Waiting)
            {
                _core.SetResult(true);
                return;
            }
        }
    }

    /// <summary>Lets the reader go: it takes nothing any more.</summary>
    public void Release()
    {
        IsReleased = true;
        Wake();
    }

    public ValueTask DisposeAsync() => _feed.LeaveAsync(this);

    void IValueTaskSource.GetResult(short token) => _core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _core.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _core.OnCompleted(continuation, state, token, flags);

    /// <summary>From the window.</summary>
    internal RunRead Took(RunEventId last, bool isEnd)
    {
        (Last, _given) = (last, true);
        HasEnded = isEnd;
        return RunRead.Some;
    }

    internal void End() => HasEnded = true;

    /// <summary>The page that was asked for; taken with the next <see cref="Take"/>.</summary>
    internal void Give(RunPage page)
    {
        (_inPage, IsFetching, Offset) = (0, false, -1);
        // Last, since its reader looks for it without a lock.
        Volatile.Write(ref _page, page.Entries.Count > 0 ? page : null);
        Wake();
    }

    private RunRead TakePage(IBufferWriter<byte> output)
    {
        int written = 0;
        while (_inPage < _page!.Entries.Count && written < AtMost && !HasEnded)
        {
            var rest = _page.Entries[_inPage++];
            HasEnded = RunFrames.EndWithFinish(rest.Span);
            // A reader may come back to the middle of an entry.
            while (rest.Length > 0)
            {
                var (length, id) = RunFrames.Next(rest.Span);
                if (id is null || Last is null || id > Last)
                {
                    output.Write(rest.Span[..length]);
                    written += length;
                    (Last, _given) = (id ?? Last, true);
                }

                rest = rest[length..];
            }
        }

        _page = _inPage == _page.Entries.Count ? null : _page;
        return written > 0 ? RunRead.Some : Take(output);
    }
}
