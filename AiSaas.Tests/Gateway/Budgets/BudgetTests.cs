using System.Collections.Concurrent;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Identity;

namespace AiSaas.Tests.Gateway.Budgets;

public sealed class BudgetTests(GovernorFixture fixture) : IClassFixture<GovernorFixture>
{
    // 1,000 tokens out at ten dollars for a million.
    private const long Call = 10_000_000;

    [Fact]
    public async Task Ten_thousand_calls_at_once_on_two_replicas_get_in_up_to_the_cap_and_not_one_beyond()
    {
        await using var one = await fixture.ReplicaAsync();
        await using var two = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        await one.CapAsync(tenant, 100 * Call);

        var answers = await Task.WhenAll(Enumerable.Range(0, 10_000).Select(i => Task.Run(() => (i % 2 == 0 ? one : two).AskAsync(tenant))));

        var tickets = answers.OfType<CallAdmission.Admitted>().Select(admitted => admitted.Ticket).ToList();
        Assert.Equal(100, tickets.Count);
        Assert.All(answers.OfType<CallAdmission.Refused>(), refused => Assert.Equal((Refusal.BudgetSpent, "gateway:budget-spent"), (refused.Reason, refused.Code)));
        Assert.All(tickets, ticket => ticket.Sending(GovernorHost.Target));
        Assert.All(tickets, ticket => Assert.Equal(Call, ticket.Settle(GovernorHost.Used(1_000))));
        await one.SettledAsync();
        await two.SettledAsync();
        Assert.Equal((100, 100 * Call), await fixture.LedgerAsync(tenant));
        Assert.IsType<CallAdmission.Refused>(await two.AskAsync(tenant, maxOutput: 1));
    }

    [Fact]
    public async Task What_calls_did_not_use_comes_back_until_the_cap_is_used_to_the_last_nano_dollar()
    {
        await using var one = await fixture.ReplicaAsync();
        await using var two = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        await one.CapAsync(tenant, 40 * Call);
        int made = 0;

        // Each holds twice what it uses.
        await Parallel.ForEachAsync(Enumerable.Range(0, 16), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (worker, _) =>
        {
            var replica = worker % 2 == 0 ? one : two;
            for (int idle = 0; idle < 200;)
            {
                if (await replica.AskAsync(tenant, maxOutput: 2_000) is CallAdmission.Admitted(var ticket))
                {
                    ticket.Sending(GovernorHost.Target);
                    ticket.Settle(GovernorHost.Used(1_000));
                    Interlocked.Increment(ref made);
                }
                else
                {
                    idle++;
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, CancellationToken.None);
                }
            }
        });
        await one.SettledAsync();
        await two.SettledAsync();

        // One call's worth is left: too little for two thousand tokens, enough for one thousand.
        Assert.Equal(39, made);
        Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant, maxOutput: 2_000));
        (await two.AdmitAsync(tenant, maxOutput: 1_000)).Settle(GovernorHost.Used(1_000));
        await two.SettledAsync();
        Assert.Equal((40, 40 * Call), await fixture.LedgerAsync(tenant));
    }

    [Fact]
    public async Task Emptying_redis_again_and_again_lets_nothing_through_beyond_the_cap()
    {
        await using var one = await fixture.ReplicaAsync();
        await using var two = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        await one.CapAsync(tenant, 300 * Call);
        ConcurrentBag<CallTicket> tickets = [];
        using CancellationTokenSource done = new();

        var flushing = Task.Run(async () =>
        {
            var redis = one.Get<StackExchange.Redis.IConnectionMultiplexer>().GetDatabase();
            for (int round = 0; round < 12; round++)
            {
                await redis.ExecuteAsync("FLUSHALL");
                await Task.Delay(TimeSpan.FromMilliseconds(60), TimeProvider.System, CancellationToken.None);
            }

            await done.CancelAsync();
        });
        await Task.WhenAll(Enumerable.Range(0, 32).Select(worker => Task.Run(async () =>
        {
            var replica = worker % 2 == 0 ? one : two;
            while (!done.IsCancellationRequested)
            {
                if (await replica.AskAsync(tenant) is CallAdmission.Admitted(var ticket))
                {
                    tickets.Add(ticket);
                    ticket.Sending(GovernorHost.Target);
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);

                    // Some stay open all the time.
                    if (tickets.Count % 5 > 0)
                    {
                        ticket.Settle(GovernorHost.Used(1_000));
                    }
                }
                else
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
                }
            }
        })));
        await flushing;

        Assert.True(tickets.Count <= 300, $"{tickets.Count} calls were let in");
        foreach (var ticket in tickets)
        {
            ticket.Settle(GovernorHost.Used(1_000));
        }

        await one.SettledAsync();
        await two.SettledAsync();
        Assert.Equal((tickets.Count, tickets.Count * Call), await fixture.LedgerAsync(tenant));

        // What is left is still to be had, all of it.
        int more = 0;
        while (await (more % 2 == 0 ? one : two).AskAsync(tenant) is CallAdmission.Admitted)
        {
            more++;
        }

        Assert.Equal(300, tickets.Count + more);
    }

    [Fact]
    public async Task While_redis_is_away_a_replica_keeps_the_cap_by_what_postgres_and_itself_know_and_says_so_when_it_is_back()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        await one.CapAsync(tenant, 10 * Call);
        for (int i = 0; i < 3; i++)
        {
            (await one.AdmitAsync(tenant)).Settle(GovernorHost.Used(1_000));
        }

        var open = await one.AdmitAsync(tenant);
        await one.SettledAsync();

        await fixture.Stack.RedisServer.StopAsync();
        List<CallTicket> away = [];
        while (await one.AskAsync(tenant) is CallAdmission.Admitted(var ticket))
        {
            away.Add(ticket);
        }

        Assert.Equal(6, away.Count);
        away[0].Settle(GovernorHost.Used(1_000));
        away[1].Release();
        await one.SettledAsync();
        await fixture.Stack.RedisServer.RestartAsync(CancellationToken.None);

        // Four are in Postgres, five are open, one is to be had.
        List<CallTicket> back = [];
        await Infrastructure.Eventually.TrueAsync(
            async () =>
            {
                if (await one.AskAsync(tenant) is CallAdmission.Admitted(var ticket))
                {
                    back.Add(ticket);
                }

                return back.Count == 1 && !one.Get<RedisPresence>().IsAway;
            },
            "the last call is let in");
        Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant));
        open.Release();
        await one.Get<BudgetSettler>().FlushAsync();
        Assert.IsType<CallAdmission.Admitted>(await one.AskAsync(tenant));
    }

    [Fact]
    public async Task Near_the_cap_a_call_without_a_bound_gets_all_that_is_left_and_the_bound_to_send_with_it()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        await one.CapAsync(tenant, 4_000 * 10_000);

        var ticket = await one.AdmitAsync(tenant, maxOutput: null, input: 1_000);

        // 4,000 tokens' worth less a thousand in at a tenth of the price.
        Assert.Equal(3_900, ticket.OutputTokenBound);
        Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant, maxOutput: 1));
        ticket.Settle(GovernorHost.Used(3_900, 1_000));
        await one.SettledAsync();
        Assert.Equal((1, 40_000_000), await fixture.LedgerAsync(tenant));
    }

    [Fact]
    public async Task Every_budget_that_covers_a_call_must_have_room_and_the_refusal_names_the_one_that_has_not()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        GatewayCaller caller = new(tenant, UserId.New(), ApiKeyId.New()) { KeyBudgetNanos = 3 * Call, Feature = "search", EndUser = "ann" };
        await one.CapAsync(tenant, 100 * Call);
        await one.CapAsync(tenant, 2 * Call, BudgetPeriod.Day, BudgetScope.User, "ann");
        await one.CapAsync(tenant, 50 * Call, BudgetPeriod.Week, BudgetScope.Feature, "search");

        await one.AdmitAsync(tenant, caller: caller);
        await one.AdmitAsync(tenant, caller: caller);
        var third = Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant, caller: caller));
        await one.AdmitAsync(tenant, caller: caller with { EndUser = "bob" });
        var fifth = Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant, caller: caller with { EndUser = "bob" }));

        Assert.Contains("this user, $0.02 a day", third.Message, StringComparison.Ordinal);
        Assert.True(third.RetryAfter > TimeSpan.Zero && third.RetryAfter <= TimeSpan.FromDays(1));
        Assert.Contains("this key, $0.03,", fifth.Message, StringComparison.Ordinal);
        Assert.Null(fifth.RetryAfter);
    }

    [Fact]
    public async Task A_free_model_is_let_in_when_the_budget_is_spent_and_releasing_gives_everything_back()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        await one.CapAsync(tenant, Call);

        var ticket = await one.AdmitAsync(tenant);
        Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant));
        Assert.IsType<CallAdmission.Admitted>(await one.AskAsync(tenant, target: new("local", "local", "extractive-1")));
        ticket.Release();
        ticket.Release();
        await one.Get<BudgetSettler>().FlushAsync();

        Assert.IsType<CallAdmission.Admitted>(await one.AskAsync(tenant));
        Assert.IsType<CallAdmission.Refused>(await one.AskAsync(tenant));
        Assert.Equal(0, (await fixture.LedgerAsync(tenant)).Calls);
    }

    [Fact]
    public async Task Another_workspaces_spending_is_no_matter()
    {
        await using var one = await fixture.ReplicaAsync();
        var (poor, rich) = (await fixture.TenantAsync(), await fixture.TenantAsync());
        await one.CapAsync(poor, Call);
        await one.CapAsync(rich, Call);

        await one.AdmitAsync(poor);

        Assert.IsType<CallAdmission.Refused>(await one.AskAsync(poor));
        Assert.IsType<CallAdmission.Admitted>(await one.AskAsync(rich));
    }
}
