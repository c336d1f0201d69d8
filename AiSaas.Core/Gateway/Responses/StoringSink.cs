using System.Buffers;
using System.IO.Pipelines;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Passes an answer on to the client that waits for it, and keeps it: before its end is told, so that who continues it finds it.</summary>
/// <param name="inner">The client.</param>
/// <param name="marks">Put on every <c>response</c> object.</param>
/// <param name="keepAsync">Keeps the ended response. Does not fail: the answer is paid for and goes out all the same.</param>
internal sealed class StoringSink(
    IAnswerSink inner, ResponseMarks marks, Func<ReadOnlyMemory<byte>, CancellationToken, Task> keepAsync) : IAnswerSink
{
    public PipeWriter Begin(AnswerHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        return head switch
        {
            { Status: not 200 } => inner.Begin(head),
            { IsStreamed: true } => new Events(inner.Begin(head), marks, keepAsync),
            _ => new Whole(inner, head, marks, keepAsync),
        };
    }

    public void Ended(long costNanos) => inner.Ended(costNanos);

    private sealed class Events(PipeWriter client, ResponseMarks marks, Func<ReadOnlyMemory<byte>, CancellationToken, Task> keepAsync) : EventPipe
    {
        private ReadOnlyMemory<byte>? _latest;
        private long _sequence;

        protected override async ValueTask<bool> TakeAsync(IReadOnlyList<ResponseEvent> events, CancellationToken cancellation)
        {
            if (events.Count == 0)
            {
                // Comments keep connections alive; one is as good as another.
                client.Write(":\n\n"u8);
            }

            foreach (var one in events)
            {
                // The engine's own error events don't know their number.
                var marked = one.Type is "error" or "response.created" or "response.in_progress" || one.IsLast ? one.With(_sequence, 0, marks) : one;
                _sequence++;
                _latest = marked.Type.StartsWith("response.", StringComparison.Ordinal) && (marked.IsLast || _latest is null) ? marked.Response() : _latest;
                if (marked.IsLast && _latest is { } response)
                {
                    await keepAsync(marked.Type == "error" ? ResponseEnds.Failed(response, marked.Data) : response, cancellation);
                }

                marked.Write(client);
            }

            return (await client.FlushAsync(cancellation)).IsCompleted;
        }
    }

    private sealed class Whole(
        IAnswerSink client, AnswerHead head, ResponseMarks marks, Func<ReadOnlyMemory<byte>, CancellationToken, Task> keepAsync) : PipeWriter
    {
        private readonly ArrayBufferWriter<byte> _body = new();

        public override void Advance(int bytes) => _body.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => _body.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _body.GetSpan(sizeHint);

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (_body.WrittenCount < head.Length)
            {
                return default;
            }

            var marked = marks.Put(_body.WrittenMemory);
            await keepAsync(marked, cancellationToken);
            return await client.Begin(head with { Length = marked.Length }).WriteAsync(marked, cancellationToken);
        }
    }
}
