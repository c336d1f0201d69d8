using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>A call's place in the journal while Postgres doesn't have it: its beginning, then its end too.</summary>
internal sealed class JournalEntry
{
    /// <summary>Null for a call that never went out and whose end is <see cref="Loose"/>.</summary>
    public JournalSegment? Segment { get; set; }

    public int Offset { get; set; }

    public int Length { get; set; }

    /// <summary>Null while the call runs.</summary>
    public JournalSegment? EndSegment { get; set; }

    public int EndOffset { get; set; }

    public int EndLength { get; set; }

    /// <summary>The end where the disk took no more: then only this process knows it.</summary>
    public byte[]? Loose { get; set; }

    public JournalEntry? Older { get; set; }

    public JournalEntry? Newer { get; set; }
}

/// <summary>What was sent and what it cost, in memory that outlives the process, until Postgres has it.</summary>
/// <remarks>
/// 1. A call that goes out is begun here: the row that stands should the process be killed. 2. Its end is the row as it was.
/// 3. Once Postgres has the row, both are forgotten, and a segment that holds nothing else is used again.
/// A killed process loses nothing; a machine that loses power may lose what its kernel had not written yet, some seconds at most.
/// A write is a copy of some hundred bytes under a lock. Calls that run for long are copied forward, lest each pins a segment of its own.
/// </remarks>
internal sealed partial class CallJournal : IDisposable
{
    // Ended calls may need room beyond the bound, which only stops new ones.
    private const int Reserve = 2;

    // At a time: the lock is held meanwhile.
    private const int MostMoves = 256;

    private readonly Lock _gate = new();
    private readonly JournalFolder _folder;
    private readonly LedgerOptions _options;
    private readonly ILogger<CallJournal> _logger;
    private readonly int _most;
    private readonly HashSet<JournalSegment> _segments = [];
    private JournalSegment _current;
    private JournalSegment? _spare;
    private JournalEntry? _oldest;
    private JournalEntry? _newest;
    private uint _number;
    private volatile bool _hasRoom = true;

    public CallJournal(JournalFolder folder, LedgerOptions options, ILogger<CallJournal> logger)
    {
        (_folder, _options, _logger) = (folder, options, logger);
        _most = (int)Math.Max(Reserve + 2, options.MaxBytes / options.SegmentBytes);
        _current = Create_NeedsLock();
    }

    public string Process => _folder.Process;

    /// <summary>False when too much waits for Postgres, or the disk is full: then no call may begin.</summary>
    public bool HasRoom => _hasRoom;

    /// <summary>Whether any record in here is not yet in Postgres.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _segments.All(segment => segment.Pinned == 0);
            }
        }
    }

    /// <summary>Segments in use.</summary>
    public int Segments
    {
        get
        {
            lock (_gate)
            {
                return _segments.Count;
            }
        }
    }

    /// <exception cref="IOException">The disk is full.</exception>
    public JournalEntry Begin(ReadOnlySpan<byte> record)
    {
        lock (_gate)
        {
            var (segment, offset) = Append_NeedsLock(JournalRecordKind.Begun, record);
            JournalEntry entry = new() { Segment = segment, Offset = offset, Length = record.Length };
            Link_NeedsLock(entry);
            return entry;
        }
    }

    /// <summary>The call goes to another target: from here on this is its beginning.</summary>
    public void BeginAgain(JournalEntry entry, ReadOnlySpan<byte> record)
    {
        lock (_gate)
        {
            Move_NeedsLock(entry, record);
        }
    }

    /// <summary>Never fails: where the disk takes no more, memory must do, and no further call is let in.</summary>
    /// <param name="begun">Null for a call that never went out.</param>
    /// <param name="record">The row as the call ended.</param>
    public JournalEntry End(JournalEntry? begun, ReadOnlySpan<byte> record)
    {
        lock (_gate)
        {
            if (begun is not null)
            {
                Unlink_NeedsLock(begun);
            }

            var entry = begun ?? new();
            entry.EndLength = record.Length;
            try
            {
                (entry.EndSegment, entry.EndOffset) = Append_NeedsLock(JournalRecordKind.Ended, record);
            }
            catch (IOException failure)
            {
                _hasRoom = false;
                entry.Loose = record.ToArray();
                Log.NoSegment(_logger, _folder.Path, failure.Message);
            }

            return entry;
        }
    }

    /// <summary>The row of an ended call.</summary>
    public static ReadOnlySpan<byte> Read(JournalEntry entry, byte[] buffer)
    {
        if (entry.Loose is { } loose)
        {
            return loose;
        }

        var record = buffer.AsSpan(0, entry.EndLength);
        entry.EndSegment!.Read(entry.EndOffset, record);
        return record;
    }

    /// <summary>Postgres has these, and the budgets have heard of it.</summary>
    public void Recorded(IEnumerable<JournalEntry> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                Unpin_NeedsLock(entry.EndSegment);
                Unpin_NeedsLock(entry.Segment);
            }
        }
    }

    /// <summary>Off the hot path: keeps a segment ready, and moves the beginnings of long calls out of old segments.</summary>
    public void Tidy()
    {
        lock (_gate)
        {
            if (_spare is null)
            {
                TryMakeSpare_NeedsLock();
            }

            byte[]? buffer = null;
            for (int moved = 0; moved < MostMoves && _segments.Count > 4 && _oldest is { Segment: { } segment } entry; moved++)
            {
                if (_current.Number - segment.Number < 2)
                {
                    break;
                }

                var record = (buffer ??= new byte[CallRecord.MostBytes]).AsSpan(0, entry.Length);
                segment.Read(entry.Offset, record);
                Move_NeedsLock(entry, record);
            }
        }
    }

    /// <summary>Closes the files. What is not in Postgres stays for the next process to find.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            bool empty = _segments.All(segment => segment.Pinned == 0);
            foreach (var segment in _segments)
            {
                segment.Dispose();
            }

            _spare?.Dispose();
            if (empty)
            {
                _folder.Delete();
            }
        }

        _folder.Dispose();
    }

    private (JournalSegment Segment, int Offset) Append_NeedsLock(JournalRecordKind kind, ReadOnlySpan<byte> record)
    {
        int offset = _current.TryAppend_NeedsLock(kind, record);
        if (offset < 0)
        {
            var full = _current;
            _current = _spare ?? Create_NeedsLock();
            _segments.Add(_current);
            _spare = null;
            NoteRoom_NeedsLock();
            Free_NeedsLock(full);
            offset = _current.TryAppend_NeedsLock(kind, record);
        }

        return (_current, offset);
    }

    private void Move_NeedsLock(JournalEntry entry, ReadOnlySpan<byte> record)
    {
        var old = entry.Segment;
        (entry.Segment, entry.Offset) = Append_NeedsLock(JournalRecordKind.Begun, record);
        entry.Length = record.Length;
        Unpin_NeedsLock(old);

        // The list is in the order of places: what was moved is now the newest.
        Unlink_NeedsLock(entry);
        Link_NeedsLock(entry);
    }

    private void Link_NeedsLock(JournalEntry entry)
    {
        entry.Older = _newest;
        _ = _newest is null ? _oldest = entry : _newest.Newer = entry;
        _newest = entry;
    }

    private void Unlink_NeedsLock(JournalEntry entry)
    {
        _ = entry.Older is null ? _oldest = entry.Newer : entry.Older.Newer = entry.Newer;
        _ = entry.Newer is null ? _newest = entry.Older : entry.Newer.Older = entry.Older;
        (entry.Older, entry.Newer) = (null, null);
    }

    private void Unpin_NeedsLock(JournalSegment? segment)
    {
        if (segment is not null)
        {
            segment.Pinned--;
            Free_NeedsLock(segment);
        }
    }

    private void Free_NeedsLock(JournalSegment segment)
    {
        if (segment.Pinned > 0 || segment == _current)
        {
            return;
        }

        _segments.Remove(segment);
        if (_spare is null)
        {
            segment.Recycle(_folder.Path, ++_number);
            _spare = segment;
        }
        else
        {
            segment.Delete();
        }

        NoteRoom_NeedsLock();
    }

    private JournalSegment Create_NeedsLock()
    {
        var segment = JournalSegment.Create(_folder.Path, ++_number, _options.SegmentBytes);
        _segments.Add(segment);
        return segment;
    }

    private void TryMakeSpare_NeedsLock()
    {
        try
        {
            _spare = JournalSegment.Create(_folder.Path, ++_number, _options.SegmentBytes);
            NoteRoom_NeedsLock();
        }
        catch (IOException failure)
        {
            _hasRoom = false;
            Log.NoSegment(_logger, _folder.Path, failure.Message);
        }
    }

    private void NoteRoom_NeedsLock() => _hasRoom = _segments.Count <= _most - Reserve;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Critical, "The journal in {Folder} can't grow, so calls are refused: {Reason}")]
        public static partial void NoSegment(ILogger logger, string folder, string reason);
    }
}
