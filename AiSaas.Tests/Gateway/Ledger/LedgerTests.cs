using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Gateway.Ledger;
using AiSaas.Core.Identity;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;

namespace AiSaas.Tests.Gateway.Ledger;

public sealed class LedgerTests(GovernorFixture fixture) : IClassFixture<GovernorFixture>
{
    [Fact]
    public async Task A_call_is_a_row_with_everything_that_was_known_of_it()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        GatewayCaller caller = new(tenant, UserId.New(), ApiKeyId.New()) { Feature = "search", EndUser = "ann", Conversation = "c-1" };
        var ticket = await one.AdmitAsync(tenant, caller: caller);
        ticket.Sending(GovernorHost.Target);
        long cost = ticket.Settle(new CallOutcome(CallStatus.Failed)
        {
            Target = GovernorHost.Target,
            HttpStatus = 502,
            Error = ModelErrorClass.ServerError,
            Usage = new TokenUsage(1_000, 500, CachedInput: 200, Reasoning: 100, IsEstimated: true),
            Attempts = [new("test", "m", AttemptOutcome.Failed, ModelErrorClass.ServerError, 500, TimeSpan.FromMilliseconds(12), TimeSpan.FromMilliseconds(3))],
            FirstToken = TimeSpan.FromMilliseconds(40),
            Duration = TimeSpan.FromMilliseconds(150),
        });
        await one.SettledAsync();

        Assert.Equal(1_000_000 + 5_000_000, cost);
        string row = (await fixture.Stack.ScalarAsync<string>(
            """
            select concat_ws('|', user_id, key_id, feature, end_user, conversation, api, model, provider, kind, provider_model, status, http_status,
                error, streamed, input_tokens, cached_tokens, output_tokens, reasoning_tokens, estimated, priced, cost_nanos, cache,
                attempts->0->>'error', attempts->0->>'durationMs', attempts->0->>'firstTokenMs', first_token_ms, duration_ms)
            from model_calls where tenant_id = $1 and id = $2
            """, tenant.Value, ticket.Id.Value))!;
        Assert.Equal(
            $"{caller.User}|{caller.Key}|search|ann|c-1|chat|m|test|openai-compatible|m|failed|502|server-error|f|1000|200|500|100|t|t|6000000|miss|server-error|12|3|40|150",
            row);
        Assert.Equal((1, 6_000_000), await fixture.LedgerAsync(tenant));
    }

    [Fact]
    public async Task A_call_that_a_fault_of_ours_ended_names_whom_it_asked_and_what_that_probably_cost()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        var ticket = await one.AdmitAsync(tenant);
        ticket.Sending(GovernorHost.Target);
        ticket.Sending(GovernorHost.Target);
        Assert.True(ticket.Settle(new CallOutcome(CallStatus.Failed) { HttpStatus = 500 }) > 0);
        var unasked = await one.AdmitAsync(tenant);
        Assert.Equal(0, unasked.Settle(new CallOutcome(CallStatus.Failed) { HttpStatus = 500 }));
        await one.SettledAsync();

        Assert.Equal("failed|test|2|t|t, failed|0|f|f", await fixture.Stack.ScalarAsync<string>(
            """
            select string_agg(concat_ws('|', status, provider, jsonb_array_length(attempts), estimated, cost_nanos > 0), ', ' order by provider)
            from model_calls where tenant_id = $1
            """, tenant.Value));
    }

    [Fact]
    public async Task A_cache_hit_costs_nothing_and_shows_what_it_saved_and_a_model_without_a_price_is_marked()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        long hit = (await one.AdmitAsync(tenant)).Settle(GovernorHost.Used(1_000) with { Cache = "hit-exact" });
        CallTarget unknown = new("test", "openai-compatible", "nobody-knows");
        long unpriced = (await one.AdmitAsync(tenant, target: unknown)).Settle(GovernorHost.Used(1_000) with { Target = unknown });
        await one.SettledAsync();

        Assert.Equal((0, 0), (hit, unpriced));
        Assert.Equal("10000000,1,1", await fixture.Stack.ScalarAsync<string>(
            "select concat_ws(',', sum(saved_nanos), sum(cache_hits), sum(unpriced)) from usage_hours where tenant_id = $1", tenant.Value));
    }

    [Fact]
    public async Task Filing_a_call_twice_changes_nothing_and_a_real_outcome_replaces_an_interrupted_ones_estimate_exactly()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        var store = one.Get<LedgerStore>();
        CallIntent intent = new(
            CallId.New(), new GatewayCaller(tenant, UserId.New(), null), WireApi.ChatCompletions, "m", [GovernorHost.Target], 0, null, 1, false);
        byte[] estimate = Row(intent, CallStatus.Interrupted, 500), real = Row(intent, CallStatus.Succeeded, 90);

        await File(estimate, estimate);
        await File(estimate);
        Assert.Equal((1, 500), await fixture.LedgerAsync(tenant));
        await File(real);
        Assert.Equal((1, 90), await fixture.LedgerAsync(tenant));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => File(i % 2 == 0 ? real : estimate)));
        Assert.Equal((1, 90), await fixture.LedgerAsync(tenant));
        Assert.Equal("succeeded", await fixture.Stack.ScalarAsync<string>("select status from model_calls where tenant_id = $1", tenant.Value));

        async Task File(params byte[][] rows)
        {
            foreach (byte[] row in rows)
            {
                CallBatch batch = new();
                batch.Add(row);
                await store.RecordAsync(batch, CancellationToken.None);
            }
        }
    }

    [Fact]
    public async Task A_dead_processs_calls_are_filed_the_ended_as_they_were_and_the_open_ones_as_interrupted()
    {
        var tenant = await fixture.TenantAsync();
        await using var alive = await fixture.ReplicaAsync();
        await alive.CapAsync(tenant, 1_000_000_000);
        string root = alive.Get<JournalRoot>().Path;
        GatewayCaller caller = new(tenant, UserId.New(), null);
        JournalFolder dead = JournalFolder.Create(root, "dead");
        CallJournal journal = new(dead, new LedgerOptions { SegmentBytes = 1 << 16, MaxBytes = 1 << 22 }, NullLogger<CallJournal>.Instance);
        for (int i = 0; i < 500; i++)
        {
            CallIntent intent = new(CallId.New(), caller, WireApi.ChatCompletions, "m", [GovernorHost.Target], 0, null, 1, false);
            var entry = journal.Begin(Row(intent, CallStatus.Interrupted, 1_000_000));
            if (i % 5 > 0)
            {
                journal.End(entry, Row(intent, CallStatus.Succeeded, 300_000));
            }
        }

        // The kernel takes the lock back; nothing else is tidied up. Meanwhile the budget is in use.
        dead.Dispose();
        var before = await alive.AdmitAsync(tenant);

        var adopters = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => alive.Get<JournalAdopter>().AdoptAsync(CancellationToken.None)));

        Assert.Equal(500, adopters.Sum());
        Assert.Equal((500, (400 * 300_000) + (100 * 1_000_000)), await fixture.LedgerAsync(tenant));
        Assert.Equal(100, await fixture.Stack.ScalarAsync<long>(
            "select count(*) from model_calls where tenant_id = $1 and status = 'interrupted'", tenant.Value));
        Assert.False(Directory.Exists(Path.Combine(root, "dead")));

        // Of a dollar the dead spent 0.22 and one open call holds 0.01: 77 calls of a cent are left.
        int more = 0;
        while (await alive.AskAsync(tenant) is CallAdmission.Admitted)
        {
            more++;
        }

        Assert.Equal(77, more);
        before.Release();
    }

    [Fact]
    public async Task While_postgres_is_away_calls_go_on_and_none_is_missing_when_it_is_back()
    {
        await using var one = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        (await one.AdmitAsync(tenant)).Settle(GovernorHost.Used(10));
        await one.SettledAsync();
        string database = fixture.Stack.Database;
        await using (var block = fixture.Stack.Owner.CreateCommand(
            $"alter database \"{database}\" connection limit 0; select pg_terminate_backend(pid) from pg_stat_activity where usename = 'aisaas_app' and datname = '{database}'"))
        {
            await block.ExecuteNonQueryAsync(CancellationToken.None);
        }

        for (int i = 0; i < 200; i++)
        {
            var ticket = await one.AdmitAsync(tenant);
            ticket.Sending(GovernorHost.Target);
            ticket.Settle(GovernorHost.Used(10));
        }

        Assert.False(await one.Get<LedgerWriter>().FlushAsync(CancellationToken.None));
        await fixture.Stack.ScalarAsync<int>($"alter database \"{database}\" connection limit -1");

        await Eventually.TrueAsync(
            async () => await fixture.Stack.ScalarAsync<long>("select count(*) from model_calls where tenant_id = $1", tenant.Value) == 201, "201 rows");
        Assert.Equal((201, 201 * 100_000), await fixture.LedgerAsync(tenant));
    }

    private static byte[] Row(CallIntent intent, CallStatus status, long nanos) => CallRecord.Write(intent, TimeProvider.System.GetUtcNow(), new CallFacts
    {
        Status = status,
        Target = GovernorHost.Target,
        PriceVersion = "test",
        IsPriced = true,
        CostNanos = nanos,
        Cache = "miss",
        Attempts = [],
        Usage = new TokenUsage(1, 2, IsEstimated: status == CallStatus.Interrupted),
    }).ToArray();
}
