using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using AiSaas.Llm.Wire.Sse;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Takes a stream's bytes from the engine and hands its events on, one by one, when the engine flushes.</summary>
internal abstract class EventPipe : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _written = new(4 * 1024);
    private readonly SseScanner _scanner = new();
    private readonly List<ResponseEvent> _events = [];
    private bool _isCanceled;

    public override void Advance(int bytes) => _written.Advance(bytes);

    public override Memory<byte> GetMemory(int sizeHint = 0) => _written.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _written.GetSpan(sizeHint);

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _written.WrittenCount;

    public override void CancelPendingFlush() => _isCanceled = true;

    public override void Complete(Exception? exception = null)
    {
    }

    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Scan();
        _written.ResetWrittenCount();
        bool isCompleted = await TakeAsync(_events, cancellationToken);
        _events.Clear();
        bool isCanceled = _isCanceled;
        _isCanceled = false;
        return new FlushResult(isCanceled, isCompleted);
    }

    /// <summary>Takes what has come since the last flush: events in order, none where only comments came.</summary>
    /// <returns>Whether the reader is gone, so that nothing more need come.</returns>
    protected abstract ValueTask<bool> TakeAsync(IReadOnlyList<ResponseEvent> events, CancellationToken cancellation);

    private void Scan()
    {
        var rest = _written.WrittenSpan;
        while (_scanner.TryRead(ref rest, out var found))
        {
            _events.Add(new(Encoding.UTF8.GetString(found.Name), found.Data.ToArray()));
        }
    }
}
