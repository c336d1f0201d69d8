using System.Buffers;
using System.IO.Pipelines;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Takes an answer that nobody waits for: its events go to the log, its end stays here until it is committed.</summary>
internal sealed class LogSink(ResponseLogWriter log, ReadOnlyMemory<byte> begun) : IAnswerSink
{
    private readonly Refusal _refusal = new();
    private AnswerHead? _head;
    private GatewayError? _error;

    /// <summary>The last event's type and the response that it ends with; null while nothing has ended.</summary>
    public (string Type, ReadOnlyMemory<byte> Response)? End { get; private set; }

    /// <summary>What came instead of an answer.</summary>
    public GatewayError? Refused =>
        _error is null && _head is { Status: not 200 } head && ResponseEnds.Read(_refusal.Body) is var (code, message)
            ? new(head.Status, code, message, RetryAfter: head.RetryAfter)
            : _error;

    /// <summary>The engine was not even asked.</summary>
    public void Refuse(GatewayError error) => _error = error;

    public PipeWriter Begin(AnswerHead head)
    {
        _head = head;
        return head.Status == 200 ? new Events(this, log, begun) : _refusal;
    }

    private sealed class Events(LogSink sink, ResponseLogWriter log, ReadOnlyMemory<byte> begun) : EventPipe
    {
        protected override async ValueTask<bool> TakeAsync(IReadOnlyList<ResponseEvent> events, CancellationToken cancellation)
        {
            // Readers have had "created" from the row, and the end waits for the commit.
            List<ResponseEvent> news = [.. events.Where(
                one => one.Type != "response.created" && !one.IsLast && !(log.Continues && one.Type == "response.in_progress"))];
            if (news.Count > 0)
            {
                await log.AppendAsync(news, cancellation);
            }

            if (events.FirstOrDefault(one => one.IsLast) is { } last)
            {
                sink.End = last.Type != "error" && last.Response() is { } response
                    ? (last.Type, log.Marks.Put(response))
                    : ("response.failed", ResponseEnds.Failed(begun, last.Data));
            }

            return false;
        }
    }

    private sealed class Refusal : PipeWriter
    {
        private readonly ArrayBufferWriter<byte> _body = new();

        public ReadOnlyMemory<byte> Body => _body.WrittenMemory;

        public override void Advance(int bytes) => _body.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => _body.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => _body.GetSpan(sizeHint);

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
