using System.Buffers;
using System.IO.Pipelines;

namespace AiSaas.Core.Gateway.Cache;

/// <summary>Keeps a copy of a stream on its way to the client, up to a bound.</summary>
internal sealed class CapturingPipe(PipeWriter inner) : PipeWriter
{
    private readonly ArrayBufferWriter<byte> _copy = new();
    private Memory<byte> _lent;

    /// <summary>Null if there was more than is worth keeping.</summary>
    public ReadOnlyMemory<byte>? Captured => IsTooLong ? null : _copy.WrittenMemory;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes;

    private bool IsTooLong { get; set; }

    public override void Advance(int bytes)
    {
        IsTooLong |= _copy.WrittenCount + bytes > CachedAnswer.Largest;
        if (!IsTooLong)
        {
            _copy.Write(_lent.Span[..bytes]);
        }

        inner.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _lent = inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => inner.FlushAsync(cancellationToken);

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);
}
