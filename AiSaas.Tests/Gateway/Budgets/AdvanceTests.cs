using System.Globalization;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using StackExchange.Redis;

namespace AiSaas.Tests.Gateway.Budgets;

public sealed class AdvanceTests(GovernorFixture fixture) : IClassFixture<GovernorFixture>
{
    private const long Call = 10_000_000;

    [Fact]
    public async Task A_busy_caller_asks_redis_for_several_calls_at_once_and_what_it_does_not_use_comes_back()
    {
        await using var replica = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        await replica.CapAsync(tenant, 1_000_000 * Call);
        GatewayCaller caller = new(tenant, UserId.New(), null);
        await MakeAsync(replica, tenant, caller, 10);
        long before = await ScriptsAsync(replica);

        await MakeAsync(replica, tenant, caller, 2_000);

        long scripts = await ScriptsAsync(replica) - before;
        Assert.True(scripts < 1_000, $"{scripts} scripts for 2,000 calls.");
        await replica.SettledAsync();
        Assert.Equal((2_010, 2_010 * Call), await fixture.LedgerAsync(tenant));
        await Eventually.TrueAsync(async () => await HeldAsync(replica, tenant) == 0, "Nothing is held once what was granted ahead has come back.");
    }

    [Fact]
    public async Task Near_a_cap_nothing_is_granted_ahead_and_a_busy_caller_uses_it_to_the_last_call()
    {
        await using var replica = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        await replica.CapAsync(tenant, 300 * Call);
        GatewayCaller caller = new(tenant, UserId.New(), null);

        await MakeAsync(replica, tenant, caller, 300);

        Assert.IsType<CallAdmission.Refused>(await replica.AskAsync(tenant, caller: caller));
        await replica.SettledAsync();
        Assert.Equal((300, 300 * Call), await fixture.LedgerAsync(tenant));
    }

    [Fact]
    public async Task A_process_that_stops_leaves_nothing_held()
    {
        await using var other = await fixture.ReplicaAsync();
        var tenant = await fixture.TenantAsync();
        string counter;
        await using (var stopping = await fixture.ReplicaAsync())
        {
            await stopping.CapAsync(tenant, 1_000_000 * Call);
            await MakeAsync(stopping, tenant, new(tenant, UserId.New(), null), 500);
            counter = stopping.Get<TenantAccounts>().Find(tenant)!.Lines.Single().Counter;
        }

        Assert.Equal(0, (long)await other.Get<IConnectionMultiplexer>().GetDatabase().HashGetAsync(counter, "R"));
    }

    private static async Task MakeAsync(GovernorHost replica, TenantId tenant, GatewayCaller caller, int calls)
    {
        for (int i = 0; i < calls; i++)
        {
            var ticket = await replica.AdmitAsync(tenant, caller: caller);
            ticket.Sending(GovernorHost.Target);
            ticket.Settle(GovernorHost.Used(1_000));
        }
    }

    private static async Task<long> ScriptsAsync(GovernorHost replica)
    {
        string statistics = (string)(await replica.Get<IConnectionMultiplexer>().GetDatabase().ExecuteAsync("INFO", "commandstats"))!;
        string? line = statistics.Split('\n').FirstOrDefault(one => one.StartsWith("cmdstat_evalsha:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line["cmdstat_evalsha:calls=".Length..line.IndexOf(',', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
    }

    private static async Task<long> HeldAsync(GovernorHost replica, TenantId tenant)
    {
        var account = replica.Get<TenantAccounts>().Find(tenant)!;
        var held = await replica.Get<IConnectionMultiplexer>().GetDatabase().HashGetAsync(account.Lines.Single().Counter, "R");
        return (long)held;
    }
}
