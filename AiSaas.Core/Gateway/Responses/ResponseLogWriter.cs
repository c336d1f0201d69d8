using System.Buffers;
using System.Text;
using System.Text.Json;
using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Llm.Wire.Responses;
using AiSaas.Llm.Wire.Sse;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Writes one attempt at a background response into its log. For one caller at a time.</summary>
/// <remarks>A Redis that is away or has lost the log never fails the response: all frames are kept here, and the log is given all of
/// them again. Only a newer fence stops the writer.</remarks>
internal sealed partial class ResponseLogWriter : IAsyncDisposable
{
    // What a log may hold; beyond, only what sums up (…done, the end) is added.
    private const long MostBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan RunningExpiry = TimeSpan.FromHours(24);
    private static readonly TimeSpan EndedExpiry = TimeSpan.FromHours(1);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Respite = TimeSpan.FromSeconds(1);

    private readonly ResponseLogKeys _keys;
    private readonly ResponseTask _task;
    private readonly ResponseMarks _marks;
    private readonly long _fence;
    private readonly RedisClient _redis;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ITimer _timer;
    private readonly List<byte[]> _frames = [];
    private long _base;
    private int _sent;
    private int _firstItem;
    private long _bytes;
    private bool _behind;
    private bool _fenced;
    private bool _ended;
    private long? _failedAt;
    private long? _sentAt;
    private Task _flush = Task.CompletedTask;

    public ResponseLogWriter(
        ResponseLogKeys keys, ResponseTask task, long fence, long firstNumber, RedisClient redis, TimeProvider clock, ILogger logger)
    {
        (_keys, _task, _fence, _base, _redis, _clock, _logger) = (keys, task, fence, firstNumber, redis, clock, logger);
        using var request = ResponseRequest.Read(task.Request);
        _marks = new(task.Id, request.PreviousId, IsBackground: true, IsStored: true);
        _timer = clock.CreateTimer(_ => _flush = FlushLateAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ResponseMarks Marks => _marks;

    /// <summary>An earlier attempt wrote here: <c>in_progress</c> has been said.</summary>
    public bool Continues { get; private set; }

    public async Task OpenAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            var answer = ((RedisResult[]?)await _redis.RunAsync(
                ResponseLogScripts.Open, [_keys.Stem], [_fence, _base, (long)RunningExpiry.TotalMilliseconds], CancellationToken.None))!;
            ThrowIfFenced((int)answer[0]);
            _base = (long)answer[1];
            if ((int)answer[2] > 0)
            {
                await TakeOverAsync((int)answer[2], cancellation);
            }
        }
        catch (RedisUnavailableException failure)
        {
            Away(failure);
        }
    }

    /// <summary>Adds events, numbered and marked. They go out at once, or gathered for up to 25 ms.</summary>
    /// <exception cref="LeaseLostException">A later attempt has written: stop, and write nothing anywhere.</exception>
    public async Task AppendAsync(IReadOnlyList<ResponseEvent> events, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            ThrowIfFenced(_fenced ? ResponseLogScripts.Fenced : 0);
            foreach (var one in events)
            {
                if (_bytes < MostBytes || !one.Type.EndsWith(".delta", StringComparison.Ordinal))
                {
                    Add(one.With(_base + _frames.Count, _firstItem, _marks));
                }
            }

            var wait = _sentAt is { } sent ? Interval - _clock.GetElapsedTime(sent) : TimeSpan.Zero;
            if (wait <= TimeSpan.Zero)
            {
                await SendAsync();
            }
            else
            {
                _timer.Change(wait, Timeout.InfiniteTimeSpan);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Closes the log. After the row is committed.</summary>
    /// <param name="type">Of the last event.</param>
    /// <param name="response">As committed.</param>
    /// <param name="cancellation">Cancels waiting for Redis; readers then get the end from Postgres.</param>
    public async Task EndAsync(string type, ReadOnlyMemory<byte> response, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            Add(ResponseEvent.Of(type, _base + _frames.Count, response));
            _ended = true;
            await SendAsync();
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _flush;
        await FlushLateAsync();
        _gate.Dispose();
    }

    // What the attempt before left: its frames stay, its open items are ended, ours come after them.
    private async Task TakeOverAsync(int length, CancellationToken cancellation)
    {
        SortedDictionary<int, JsonElement> open = [];
        for (int from = 0; from < length;)
        {
            var page = await ResponseLogReader.PageAsync(_redis, _keys, _base + from, cancellation);
            if (page.Frames.Count == 0)
            {
                break;
            }

            from += page.Frames.Count;
            foreach (byte[] frame in page.Frames)
            {
                _frames.Add(frame);
                _bytes += frame.Length;
                Note(frame, open);
            }
        }

        _sent = _frames.Count;
        foreach (var (index, item) in open)
        {
            Add(ResponseEvent.Make("response.output_item.done", _base + _frames.Count, writer =>
            {
                writer.WriteNumber("output_index"u8, index);
                writer.WritePropertyName("item"u8);
                writer.WriteRawValue(ResponseEnds.Ended(Encoding.UTF8.GetBytes(item.GetRawText()), "incomplete").Span, skipInputValidation: true);
            }));
        }

        Continues = _frames.Count > 0;
        if (Continues)
        {
            Add(ResponseEvent.Of(
                "response.in_progress", _base + _frames.Count, BlankResponse.Write(_task.Request, _task.Id, "in_progress", _task.CreatedAt)));
            await SendAsync();
        }
    }

    private void Note(byte[] frame, SortedDictionary<int, JsonElement> open)
    {
        bool added = frame.AsSpan().StartsWith("event: response.output_item.added"u8);
        if (!added && !frame.AsSpan().StartsWith("event: response.output_item.done"u8))
        {
            return;
        }

        ReadOnlySpan<byte> rest = frame;
        SseScanner scanner = new();
        if (!scanner.TryRead(ref rest, out var one))
        {
            return;
        }

        using var data = JsonDocument.Parse(one.Data.ToArray());
        int index = data.RootElement.GetProperty("output_index").GetInt32();
        _firstItem = Math.Max(_firstItem, index + 1);
        if (added)
        {
            open[index] = data.RootElement.GetProperty("item").Clone();
        }
        else
        {
            open.Remove(index);
        }
    }

    private void Add(ResponseEvent one)
    {
        ArrayBufferWriter<byte> frame = new(one.Data.Length + 64);
        one.Write(frame);
        _frames.Add(frame.WrittenSpan.ToArray());
        _bytes += frame.WrittenCount;
    }

    private async Task FlushLateAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (!_fenced)
            {
                await SendAsync();
            }
        }
        catch (LeaseLostException)
        {
            // The next write says so; without one, nobody needs to know.
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task SendAsync()
    {
        if (_sent == _frames.Count || (_behind && _failedAt is { } failed && _clock.GetElapsedTime(failed) < Respite && !_ended))
        {
            return;
        }

        _sentAt = _clock.GetTimestamp();
        try
        {
            int answer = await AppendAsync(isAnew: _behind);
            if (answer == ResponseLogScripts.Differs)
            {
                Log.GivenAgain(_logger, _keys.Id);
                answer = await AppendAsync(isAnew: true);
            }

            ThrowIfFenced(answer);
            (_sent, _behind) = (_frames.Count, false);
        }
        catch (RedisUnavailableException failure)
        {
            Away(failure);
        }
    }

    private async Task<int> AppendAsync(bool isAnew)
    {
        var expiry = _ended ? EndedExpiry : RunningExpiry;
        RedisValue[] arguments =
            [_fence, _base, isAnew ? -1 : _sent, (long)expiry.TotalMilliseconds, .. _frames.Skip(isAnew ? 0 : _sent).Select(frame => (RedisValue)frame)];
        return (int)await _redis.RunAsync(ResponseLogScripts.Append, [_keys.Stem], arguments, CancellationToken.None);
    }

    private void ThrowIfFenced(int answer)
    {
        if (answer == ResponseLogScripts.Fenced)
        {
            _fenced = true;
            throw new LeaseLostException($"response {_keys.Id}", _fence);
        }
    }

    private void Away(RedisUnavailableException failure)
    {
        if (!_behind)
        {
            Log.Away(_logger, _keys.Id, failure.Message);
        }

        _behind = true;
        _failedAt = _clock.GetTimestamp();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Response {Id} goes on without its log: {Reason}")]
        public static partial void Away(ILogger logger, string id, string reason);

        [LoggerMessage(LogLevel.Information, "The log of response {Id} is given all its events again")]
        public static partial void GivenAgain(ILogger logger, string id);
    }
}
