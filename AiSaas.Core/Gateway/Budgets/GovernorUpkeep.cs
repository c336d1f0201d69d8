using System.Threading.Channels;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiSaas.Core.Gateway.Budgets;

/// <summary>Listens to the other replicas and looks after this one's accounts: joins counters that were lost, compares counters with
/// Postgres, tells Redis that this process lives, forgets what nobody uses.</summary>
internal sealed partial class GovernorUpkeep(
    RedisClient redis, RedisPresence presence, TenantAccounts accounts, BudgetCounters counters, TimeProvider clock, ILogger<GovernorUpkeep> logger)
    : BackgroundService
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(1);

    // Hints that don't fit are made good for by time: counters open after a grace, policies are read again.
    private readonly Channel<string> _heard = Channel.CreateBounded<string>(
        new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        redis.Restored += OnRestored;
        try
        {
            await using var listening = await redis.ListenAsync(GovernorKeys.Channel, Hear, stoppingToken);
            await Task.WhenAll(ListenAsync(stoppingToken), LookAroundAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Log.Stopped(logger);
        }
        finally
        {
            redis.Restored -= OnRestored;
        }
    }

    private void Hear(StackExchange.Redis.RedisValue message)
    {
        string text = message.ToString();
        const string Policy = "policy ";
        if (text.StartsWith(Policy, StringComparison.Ordinal) && TenantId.TryParse(text[Policy.Length..], null, out var tenant))
        {
            accounts.Forget(tenant);
        }
        else
        {
            _heard.Writer.TryWrite(text);
        }
    }

    // What came back may be an older state, or another server.
    private void OnRestored(object? sender, EventArgs happened)
    {
        foreach (var account in accounts.All)
        {
            lock (account.Gate)
            {
                foreach (var line in account.Lines)
                {
                    counters.Distrust(line);
                    line.MustRead = true;
                }
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellation)
    {
        const string Join = "join ";
        await foreach (string text in _heard.Reader.ReadAllAsync(cancellation))
        {
            if (!text.StartsWith(Join, StringComparison.Ordinal))
            {
                continue;
            }

            string counter = text[Join.Length..];
            try
            {
                if (GovernorKeys.TenantOf(counter) is { } tenant && accounts.Find(tenant) is { } account && account.Find(counter) is { } line)
                {
                    await counters.JoinAsync(account, line);
                }
                else
                {
                    await counters.JoinEmptyAsync(counter);
                }
            }
            catch (RedisUnavailableException failure)
            {
                Log.NotJoined(logger, counter, failure.Message);
            }
        }
    }

    private async Task LookAroundAsync(CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(Round, clock);
        while (await timer.WaitForNextTickAsync(cancellation))
        {
            accounts.Tidy();
            foreach (var account in accounts.All)
            {
                foreach (var line in account.Lines.Where(line => line.IsJoined && !presence.IsAway))
                {
                    await LookAfterAsync(account, line);
                }
            }
        }
    }

    private async Task LookAfterAsync(TenantAccount account, BudgetLine line)
    {
        try
        {
            if (clock.GetTimestamp() > line.NextCheck)
            {
                await counters.CheckAsync(account, line);
            }
            else if (line.Held > 0 && clock.GetElapsedTime(line.LastHeard) > Silence)
            {
                await counters.JoinAsync(account, line);
            }
        }
        catch (Exception failure) when (failure is RedisUnavailableException or NpgsqlException or OperationCanceledException or TimeoutException)
        {
            Log.NotChecked(logger, line.Counter, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Counter} could not be joined: {Reason}")]
        public static partial void NotJoined(ILogger logger, string counter, string reason);

        [LoggerMessage(2, LogLevel.Warning, "{Counter} could not be compared with Postgres: {Reason}")]
        public static partial void NotChecked(ILogger logger, string counter, string reason);

        [LoggerMessage(3, LogLevel.Debug, "The governor's upkeep has stopped.")]
        public static partial void Stopped(ILogger logger);
    }
}
