using System.Text;
using AiSaas.Core.Chat;
using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs.Parts;
using Microsoft.Extensions.Logging;

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
    // After a failure Redis is left alone for this long, so that an answer isn't slowed down by it at every word.
    private static readonly TimeSpan Respite = TimeSpan.FromSeconds(1);

    private readonly RunId _run;
    private readonly RunLogAppender _log;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ITimer _timer;
    private readonly RunTranscript _transcript = new();
    private readonly StringBuilder _text = new();
    private string? _textId;
    private bool _continues;
    private bool _drops;
    private bool _behind;
    private bool _finished;
    private long? _sent;
    private long? _failed;
    private Task _flush = Task.CompletedTask;

    internal RunLogWriter(RunId run, RunLogAppender log, TimeProvider clock, ILogger logger)
    {
        (_run, _log, _clock, _logger) = (run, log, clock, logger);
        _timer = clock.CreateTimer(_ => _flush = FlushAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // Long answers are written in bigger pieces, so that the log stays short enough to be replayed.
    private TimeSpan Interval => _log.Entries switch
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
            _log.ThrowIfFenced();
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

    internal async Task OpenAsync(bool isFirst, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            bool exists = await _log.RegisterAsync();
            _continues = _log.IsOfEarlier;
            _drops = !exists && !isFirst;
            if (_continues)
            {
                await _log.AppendAsync([ResetStepPart.Interrupted], isEnd: false);
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

    private async Task FlushAsync()
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            if (!_log.IsFenced && _textId is not null)
            {
                await SendAsync(null);
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

    // Sends the gathered text, then the part.
    private async Task SendAsync(StreamPart? part)
    {
        // An attempt that takes over writes its start anew; readers have had theirs.
        bool repeated = _continues && part is StartPart or StartStepPart;
        _continues &= part is not StartStepPart;
        var said = repeated ? null : part;
        StreamPart[] parts = (_textId, said) switch
        {
            ({ } id, null) => [new TextDeltaPart(id, _text.ToString())],
            ({ } id, _) => [new TextDeltaPart(id, _text.ToString()), said],
            (null, StartPart start) when _drops => [start, ResetStepPart.Interrupted],
            (null, { }) => [said],
            _ => [],
        };
        ForgetText();
        _drops &= said is not StartPart;
        if (parts.Length == 0)
        {
            return;
        }

        _sent = _clock.GetTimestamp();
        try
        {
            if (_behind || !await _log.AppendAsync(parts, _finished))
            {
                await GiveAgainAsync();
            }
        }
        catch (RedisUnavailableException failure)
        {
            Away(failure);
        }
    }

    // Gives the log all of the step again, and what came before it if the log is gone.
    private async Task GiveAgainAsync()
    {
        if (_behind && _failed is { } failed && _clock.GetElapsedTime(failed) < Respite)
        {
            return;
        }

        _behind = true;
        bool exists = await _log.RegisterAsync();
        var (before, step) = _transcript.Read();
        ForgetText();
        // Whoever watched drops the step before another one is opened; who comes now finds nothing to drop.
        StreamPart[] again = exists
            ? [ResetStepPart.LogLost, .. step]
            : [.. before.TakeWhile(part => part is StartPart), ResetStepPart.LogLost, .. before.SkipWhile(part => part is StartPart), .. step];
        _behind = !await _log.AppendAsync(again, _finished);
        Log.GivenAgain(_logger, _run);
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
            Log.Away(_logger, _run, failure.Message);
        }

        _behind = true;
        _failed = _clock.GetTimestamp();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Run {Run} goes on without its log: {Reason}")]
        public static partial void Away(ILogger logger, RunId run, string reason);

        [LoggerMessage(LogLevel.Information, "The log of run {Run} is given its step again")]
        public static partial void GivenAgain(ILogger logger, RunId run);
    }
}
