using System.Text;
using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs.Parts;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace AiSaas.Core.Runs;

/// <summary>Writes one attempt at an answer into the run's log. For one caller at a time.</summary>
/// <remarks>
/// A Redis that is away or has lost the log never fails the answer:
/// 1. everything written is kept in a transcript;
/// 2. each append says how many entries it believes the log to have of it;
/// 3. where that differs (lost, or an append whose answer never came), the step is given again as a whole after <c>reset-step</c>.
/// Only a newer fence stops the writer.
/// </remarks>
public sealed partial class RunLogWriter : IAsyncDisposable
{
    private const int LongestLog = 20_000;
    private static readonly TimeSpan RunningExpiry = TimeSpan.FromHours(24);
    private static readonly TimeSpan FinishedExpiry = TimeSpan.FromHours(1);

    // After a failure Redis is left alone for this long, so that an answer isn't slowed down by it at every word.
    private static readonly TimeSpan Respite = TimeSpan.FromSeconds(1);

    private readonly RunKeys _keys;
    private readonly long _fence;
    private readonly RedisClient _redis;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ITimer _timer;
    private readonly RunTranscript _transcript = new();
    private readonly StringBuilder _text = new();
    private string? _textId;
    private bool _continues;
    private bool _behind;
    private bool _finished;
    private bool _fenced;
    private int _entries;
    private string _last = "";
    private long? _sent;
    private long? _failed;
    private Task _flush = Task.CompletedTask;

    internal RunLogWriter(RunKeys keys, long fence, RedisClient redis, TimeProvider clock, ILogger logger)
    {
        (_keys, _fence, _redis, _clock, _logger) = (keys, fence, redis, clock, logger);
        _timer = clock.CreateTimer(_ => _flush = FlushLateAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // Long answers are written in bigger pieces, so that the log stays short enough to be replayed and never has to be cut.
    private TimeSpan Interval => _entries switch
    {
        < 2_000 => TimeSpan.FromMilliseconds(25),
        < 4_000 => TimeSpan.FromMilliseconds(100),
        _ => TimeSpan.FromSeconds(1),
    };

    private TimeSpan UntilDue => _sent is { } sent ? Interval - _clock.GetElapsedTime(sent) : TimeSpan.Zero;

    /// <summary>Text deltas are gathered for up to 25 ms; every other part goes out at once, after the text before it.
    /// <see cref="FinishPart"/> closes the log: write it after the answer is committed.</summary>
    /// <exception cref="LeaseLostException">A later attempt has written: stop, and write nothing anywhere.</exception>
    public async Task WriteAsync(StreamPart part, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            ThrowIfFenced();
            _transcript.Add(part);
            if (part is TextDeltaPart delta && (_textId is null || _textId == delta.Id))
            {
                await GatherAsync(delta);
                return;
            }

            _finished |= part is FinishPart;
            await SendAsync(part);
            if (_finished)
            {
                await InsistAsync(cancellation);
            }
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
        await FlushAsync();
        _gate.Dispose();
    }

    internal async Task OpenAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            bool exists = await RegisterAsync();
            _continues = exists && _entries == 0;
            if (_continues)
            {
                await AppendAsync([ResetStepPart.Interrupted]);
            }
        }
        catch (RedisUnavailableException failure)
        {
            Away(failure);
        }
    }

    private async Task GatherAsync(TextDeltaPart delta)
    {
        _textId = delta.Id;
        _text.Append(delta.Delta);
        var wait = UntilDue;
        if (wait <= TimeSpan.Zero)
        {
            await SendAsync(null);
        }
        else
        {
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }

    private async Task FlushLateAsync()
    {
        try
        {
            await FlushAsync();
        }
        catch (LeaseLostException)
        {
            // The next write says so.
        }
    }

    private async Task FlushAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (!_fenced && _textId is not null)
            {
                await SendAsync(null);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    // Sends the gathered text, then the part. Takes no cancellation: an append that is given up half-way leaves the log
    // in doubt, and each has its deadline.
    private async Task SendAsync(StreamPart? part)
    {
        List<StreamPart> parts = [];
        if (_textId is not null)
        {
            parts.Add(new TextDeltaPart(_textId, _text.ToString()));
            ForgetText();
        }

        // An attempt that takes over writes its start anew; readers have had theirs.
        bool repeated = _continues && part is StartPart or StartStepPart;
        _continues &= part is not StartStepPart;
        if (part is not null && !repeated)
        {
            parts.Add(part);
        }

        if (parts.Count == 0)
        {
            return;
        }

        _sent = _clock.GetTimestamp();
        try
        {
            if (_behind)
            {
                await GiveAgainAsync();
            }
            else if (!await AppendAsync(parts))
            {
                await GiveAgainAsync();
            }
        }
        catch (RedisUnavailableException failure)
        {
            Away(failure);
        }
    }

    /// <returns>False when the log isn't as this writer left it.</returns>
    private async Task<bool> AppendAsync(IReadOnlyList<StreamPart> parts)
    {
        var expiry = _finished ? FinishedExpiry : RunningExpiry;
        RedisValue[] arguments =
        [
            _fence, _entries, (long)expiry.TotalMilliseconds, LongestLog, _last,
            .. parts.Select(part => (RedisValue)StreamJson.Write(part)),
        ];
        var answer = ((RedisResult[]?)await _redis.RunAsync(RunScripts.Append, [_keys.Stem], arguments, CancellationToken.None))!;
        int entries = (int)answer[0];
        _fenced = entries == RunScripts.Fenced;
        ThrowIfFenced();
        if (entries == RunScripts.Differs)
        {
            return false;
        }

        (_entries, _last, _behind) = (entries, (string?)answer[1] ?? "", false);
        return true;
    }

    // Gives the log all of the step again, and what came before it if the log is gone.
    private async Task GiveAgainAsync()
    {
        if (_behind && _failed is { } failed && _clock.GetElapsedTime(failed) < Respite)
        {
            return;
        }

        _behind = true;
        string lastSeen = _last;
        bool exists = await RegisterAsync();
        _last = exists ? _last : lastSeen;
        var (before, step) = _transcript.Read();
        ForgetText();
        if (await AppendAsync([.. exists ? [] : before, ResetStepPart.LogLost, .. step]))
        {
            Log.GivenAgain(_logger, _keys.Run.ToString());
        }
    }

    // Takes the log for this fence and learns what is in it.
    private async Task<bool> RegisterAsync()
    {
        var answer = ((RedisResult[]?)await _redis.RunAsync(
            RunScripts.Open, [_keys.Stem], [_fence, (long)RunningExpiry.TotalMilliseconds], CancellationToken.None))!;
        _entries = (int)answer[0];
        _last = (string?)answer[2] ?? "";
        _fenced = _entries == RunScripts.Fenced;
        ThrowIfFenced();
        return (int)answer[1] == 1;
    }

    // The end of an answer is worth a few tries; after them readers get it from Postgres.
    private async Task InsistAsync(CancellationToken cancellation)
    {
        for (int tries = 0; _behind && tries < 2; tries++)
        {
            await Task.Delay(Respite, _clock, cancellation);
            try
            {
                await GiveAgainAsync();
            }
            catch (RedisUnavailableException failure)
            {
                Away(failure);
            }
        }
    }

    private void ForgetText()
    {
        _text.Clear();
        _textId = null;
    }

    private void Away(RedisUnavailableException failure)
    {
        if (!_behind)
        {
            Log.Away(_logger, _keys.Run.ToString(), failure.Message);
        }

        _behind = true;
        _failed = _clock.GetTimestamp();
    }

    private void ThrowIfFenced()
    {
        if (_fenced)
        {
            throw new LeaseLostException($"run {_keys.Run}", _fence);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Run {Run} goes on without its log: {Reason}")]
        public static partial void Away(ILogger logger, string run, string reason);

        [LoggerMessage(LogLevel.Information, "The log of run {Run} is given its step again")]
        public static partial void GivenAgain(ILogger logger, string run);
    }
}
