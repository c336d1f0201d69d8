using System.Buffers;
using System.IO.Pipelines;
using AiSaas.Core.Gateway;

namespace AiSaas.Core.Batches;

/// <summary>Takes an answer that nobody waits for, whole and bounded.</summary>
internal sealed class AnswerCatcher(int most) : PipeWriter, IAnswerSink
{
    private readonly ArrayBufferWriter<byte> _body = new();

    /// <summary>Null while nothing has come.</summary>
    public AnswerHead? Head { get; private set; }

    public ReadOnlyMemory<byte> Body => _body.WrittenMemory;

    /// <summary>It was cut off.</summary>
    public bool IsTooLarge { get; private set; }

    public PipeWriter Begin(AnswerHead head)
    {
        Head = head;
        IsTooLarge = head.Length > most;
        return this;
    }

    public override void Advance(int bytes)
    {
        if (!IsTooLarge)
        {
            _body.Advance(bytes);
            IsTooLarge = _body.WrittenCount > most;
        }
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Room();
        return _body.GetMemory(sizeHint);
    }

    public override Span<byte> GetSpan(int sizeHint = 0)
    {
        Room();
        return _body.GetSpan(sizeHint);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (!IsTooLarge)
        {
            _body.Write(source.Span);
            IsTooLarge = _body.WrittenCount > most;
        }

        return default;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
    }

    // What comes after the end of its room is written over itself.
    private void Room()
    {
        if (IsTooLarge)
        {
            _body.ResetWrittenCount();
        }
    }
}
