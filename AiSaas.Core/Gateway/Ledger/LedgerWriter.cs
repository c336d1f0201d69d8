using System.Net.Sockets;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Redis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>Carries ended calls from the journal to Postgres, many at a time, and then tells the budgets.</summary>
/// <remarks>What waits is bounded by the journal, which lets no call begin when it is full. While Postgres is away everything stays there.
/// A row that Postgres refuses is left in the journal and named in the log; it holds up no other.</remarks>
internal sealed partial class LedgerWriter(
    LedgerStore store, BudgetSettler settler, CallJournal journal, LedgerOptions options, TimeProvider clock, ILogger<LedgerWriter> logger)
    : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Bell _bell = new(clock);
    private readonly CallBatch _batch = new();
    private readonly byte[] _buffer = new byte[CallRecord.MostBytes];
    private readonly SemaphoreSlim _writing = new(1, 1);
    private List<SettledCall> _waiting = [];
    private List<SettledCall> _taken = [];

    /// <summary>Calls that Postgres doesn't have yet.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count + _taken.Count;
            }
        }
    }

    /// <summary>Takes a call that has ended. Never waits.</summary>
    public void Add(in SettledCall call)
    {
        lock (_gate)
        {
            _waiting.Add(call);
        }

        _bell.Ring();
    }

    /// <summary>Writes what waits now. For those who must read their own calls: budgets that are rebuilt, and tests.</summary>
    /// <returns>False when Postgres is away.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            while (Take())
            {
                await RecordAsync(cancellation);
            }

            return true;
        }
        catch (Exception failure) when (IsPassing(failure))
        {
            Log.PostgresAway(logger, Waiting, failure.Message);
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    public override void Dispose()
    {
        _writing.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = TimeSpan.Zero;
        try
        {
            while (true)
            {
                if (pause == TimeSpan.Zero && await _bell.WaitAsync(Idle, stoppingToken))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(options.GatherMilliseconds), clock, stoppingToken);
                }
                else if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, clock, stoppingToken);
                }

                pause = await FlushAsync(stoppingToken)
                    ? TimeSpan.Zero
                    : TimeSpan.FromTicks(Math.Clamp(pause.Ticks * 2, TimeSpan.TicksPerMillisecond * 100, LongestPause.Ticks));
                journal.Tidy();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Out with the rest; what doesn't get out in time is in the journal for the next process.
            using CancellationTokenSource farewell = new(Farewell, clock);
            try
            {
                await FlushAsync(farewell.Token);
            }
            catch (OperationCanceledException)
            {
                Log.LeftBehind(logger, Waiting);
            }
        }
    }

    private static bool IsPassing(Exception failure) => failure is NpgsqlException or SocketException or TimeoutException or IOException;

    // A batch that failed is still taken, and goes first.
    private bool Take()
    {
        lock (_gate)
        {
            if (_taken.Count == 0 && _waiting.Count <= options.BatchRows)
            {
                (_taken, _waiting) = (_waiting, _taken);
            }
            else if (_taken.Count == 0)
            {
                _taken = _waiting[..options.BatchRows];
                _waiting.RemoveRange(0, options.BatchRows);
            }

            return _taken.Count > 0;
        }
    }

    // What is taken, in parts where Postgres refuses a row. A part that is done is taken no more: should a later one fail, it isn't done again.
    private async Task RecordAsync(CancellationToken cancellation)
    {
        Stack<List<SettledCall>> parts = new([_taken]);
        while (parts.TryPop(out var calls))
        {
            if (await TryStoreAsync(calls, cancellation) is { } transaction)
            {
                settler.Recorded(calls, transaction);
            }
            else if (calls.Count > 1)
            {
                // Find the row, let the others through.
                int half = calls.Count / 2;
                parts.Push(calls[half..]);
                parts.Push(calls[..half]);
            }

            lock (_gate)
            {
                _taken = [.. parts.SelectMany(part => part)];
            }
        }
    }

    /// <returns>Null where Postgres refuses a row for what is in it.</returns>
    private async Task<long?> TryStoreAsync(List<SettledCall> calls, CancellationToken cancellation)
    {
        _batch.Clear();
        foreach (var call in calls)
        {
            _batch.Add(CallJournal.Read(call.Entry, _buffer));
        }

        try
        {
            return await store.RecordAsync(_batch, cancellation);
        }
        catch (PostgresException refusal) when (!refusal.IsTransient && refusal.SqlState[..2] is "22" or "23")
        {
            // Data exception or broken constraint.
            if (calls is [_])
            {
                Log.Refused(logger, refusal);
            }

            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Postgres is away; {Count} calls wait in the journal: {Reason}")]
        public static partial void PostgresAway(ILogger logger, int count, string reason);

        [LoggerMessage(2, LogLevel.Critical, "Postgres refuses a call's row. It stays in the journal and holds up nothing else.")]
        public static partial void Refused(ILogger logger, Exception refusal);

        [LoggerMessage(3, LogLevel.Warning, "{Count} calls did not reach Postgres before the end; the next process finds them in the journal.")]
        public static partial void LeftBehind(ILogger logger, int count);
    }
}
