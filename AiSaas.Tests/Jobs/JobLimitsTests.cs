using System.Collections.Concurrent;
using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary>How many jobs run at once over two workers: never more than the limits, and never fewer for long.</summary>
public sealed class JobLimitsTests(JobsFixture fixture, PostgresServer postgres) : IClassFixture<JobsFixture>
{
    private const string Lane = "provider:openai";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task A_queues_limit_holds_over_all_workers()
    {
        Gauge gauge = new(job => job.Kind);
        var (one, two) = await WorkersAsync(gauge, ("Jobs:Limits:Queues:ingest", "5"));
        await using (one)
        await using (two)
        {
            var tenants = await TenantsAsync(3);
            foreach (var tenant in tenants)
            {
                await one.SubmitAsync(tenant, 30);
            }

            await gauge.RanAsync(90, Patience);
            Assert.Equal(5, gauge.Most[JobKind.Ingest.Name]);
        }
    }

    [Fact]
    public async Task A_tenants_limit_holds_for_each_and_keeps_nobody_else_waiting()
    {
        Gauge gauge = new(job => job.Tenant.ToString());
        var (one, two) = await WorkersAsync(gauge, ("Jobs:Limits:Tenants:ingest", "2"));
        await using (one)
        await using (two)
        {
            var tenants = await TenantsAsync(3);
            await one.SubmitAsync(tenants[0], 60);
            await one.SubmitAsync(tenants[1], 20);
            await one.SubmitAsync(tenants[2], 20);

            await gauge.RanAsync(100, Patience);
            Assert.All(tenants, tenant => Assert.Equal(2, gauge.Most[tenant.ToString()]));
            // The noisy one's jobs outnumber theirs three to one; at two at a time each, theirs are done long before.
            var order = gauge.Order.ToList();
            Assert.InRange(order.FindLastIndex(job => job == tenants[2].ToString()), 20, 85);
        }
    }

    [Fact]
    public async Task A_full_lane_holds_up_neither_its_tenants_other_jobs_nor_other_lanes()
    {
        Gauge gauge = new(job => job.Read(LaneJson.Default.LaneJob).Lane ?? "none");
        var (one, two) = await WorkersAsync(gauge, ($"Jobs:Limits:Lanes:{Lane}", "3"));
        await using (one)
        await using (two)
        {
            var tenants = await TenantsAsync(2);
            foreach (var tenant in tenants)
            {
                await SubmitAsync(one, tenant, 40, Lane);
                await SubmitAsync(one, tenant, 20, "provider:other");
                await SubmitAsync(one, tenant, 20, null);
            }

            await gauge.RanAsync(160, Patience);
            Assert.Equal(3, gauge.Most[Lane]);
            Assert.True(gauge.Most["none"] > 3 && gauge.Most["provider:other"] > 3, "What isn't limited ran at once.");
            Assert.InRange(gauge.Order.ToList().FindLastIndex(job => job != Lane), 80, 125);
        }
    }

    [Fact]
    public async Task Emptying_Redis_lifts_no_limit_and_leaves_nothing_stuck()
    {
        Gauge gauge = new(job => job.Tenant.ToString());
        var (one, two) = await WorkersAsync(gauge, ("Jobs:Limits:Tenants:ingest", "2"), ("Jobs:Limits:Queues:ingest", "3"));
        await using (one)
        await using (two)
        {
            var tenants = await TenantsAsync(2);
            await one.SubmitAsync(tenants[0], 60);
            await one.SubmitAsync(tenants[1], 60);
            for (int flushes = 1; flushes <= 3; flushes++)
            {
                await gauge.RanAsync(20 * flushes, Patience);
                await one.Get<Core.Redis.RedisClient>().CallAsync(
                    "FLUSHALL", database => database.ExecuteAsync("FLUSHALL"), CancellationToken.None);
            }

            await gauge.RanAsync(120, Patience);
            Assert.All(tenants, tenant => Assert.InRange(gauge.Most[tenant.ToString()], 1, 2));
            Assert.InRange(gauge.MostOfAll, 1, 3);
        }
    }

    [Fact]
    public async Task Places_of_a_worker_that_vanished_are_free_again_after_its_lease()
    {
        Gauge gauge = new(job => job.Kind);
        await using var host = Host(gauge, ("Jobs:Limits:Queues:ingest", "2"));
        var tenant = await fixture.TenantAsync();
        await host.SubmitAsync(tenant, 4);
        // It takes its two, and is never heard of again.
        var claim = await ClaimAsync(host, 10);
        Assert.Equal(2, claim.Places.Count);
        Assert.Empty((await ClaimAsync(host, 10)).Places);

        await host.WorkAsync();
        await gauge.RanAsync(4, Patience);
        Assert.InRange(gauge.MostOfAll, 1, 2);
    }

    [Fact]
    public async Task Without_Redis_the_limits_hold_too()
    {
        await using Stack alone = new(postgres);
        await alone.InitializeAsync();
        Gauge gauge = new(job => job.Tenant.ToString());
        (string, string?)[] limits =
            [("Jobs:Limits:Tenants:ingest", "2"), ("Jobs:Limits:Queues:ingest", "3"), ($"Jobs:Limits:Lanes:{Lane}", "1"), ("ConnectionStrings:redis", "127.0.0.1:1")];
        await using var one = Host(gauge, alone, limits);
        await using var two = Host(gauge, alone, limits);
        List<TenantId> tenants = [];
        for (int made = 0; made < 2; made++)
        {
            tenants.Add(TenantId.New());
            await alone.ScalarAsync<int>("insert into tenants (id, name) values ($1, 'Test')", tenants[^1].Value);
            await SubmitAsync(one, tenants[^1], 6, null);
        }

        await Task.WhenAll(one.WorkAsync(), two.WorkAsync());
        await gauge.RanAsync(12, Patience);
        Assert.All(tenants, tenant => Assert.InRange(gauge.Most[tenant.ToString()], 1, 2));
        Assert.InRange(gauge.MostOfAll, 2, 3);
    }

    [Fact]
    public async Task A_draining_worker_leaves_no_place_taken()
    {
        Gauge gauge = new(job => job.Kind);
        var (one, two) = await WorkersAsync(gauge, ("Jobs:Limits:Queues:ingest", "4"));
        await using (one)
        await using (two)
        {
            var tenant = await fixture.TenantAsync();
            await two.SubmitAsync(tenant, 80);
            await gauge.RanAsync(20, Patience);
            await one.DrainAsync();

            await gauge.RanAsync(80, Patience);
            Assert.InRange(gauge.MostOfAll, 1, 4);
            Assert.Equal(80L, await fixture.Stack.ScalarAsync<long>(
                "select count(*) from jobs where tenant_id = $1 and attempts = 1", tenant.Value));
        }
    }

    private async Task<(JobsHost One, JobsHost Two)> WorkersAsync(Gauge gauge, params (string, string?)[] limits)
    {
        var (one, two) = (Host(gauge, limits), Host(gauge, limits));
        await Task.WhenAll(one.WorkAsync(), two.WorkAsync());
        return (one, two);
    }

    private JobsHost Host(Gauge gauge, params (string, string?)[] limits) => Host(gauge, fixture.Stack, limits);

    private static JobsHost Host(Gauge gauge, Stack stack, params (string, string?)[] limits) =>
        JobsHost.Create(stack, gauge.RunAsync, [("Worker:Concurrency:ingest", "40"), .. limits]);

    private async Task<List<TenantId>> TenantsAsync(int amount)
    {
        List<TenantId> tenants = [];
        while (tenants.Count < amount)
        {
            tenants.Add(await fixture.TenantAsync());
        }

        return tenants;
    }

    private static async Task SubmitAsync(JobsHost host, TenantId tenant, int amount, string? lane)
    {
        await using var work = await host.Database.BeginAsync(tenant, CancellationToken.None);
        await host.Queue.EnqueueAllAsync(
            work,
            [.. Enumerable.Range(0, amount).Select(_ => NewJob.Of(JobKind.Ingest, new LaneJob(lane), LaneJson.Default.LaneJob) with { Lane = lane })],
            CancellationToken.None);
        await work.CommitAsync(CancellationToken.None);
    }

    // A queue whose running jobs aren't known yet gives nothing for a moment.
    private static async Task<Claim> ClaimAsync(JobsHost host, int amount)
    {
        Claim claim = new(0, [], null);
        await Eventually.TrueAsync(
            async () =>
            {
                claim = await host.Get<JobDispatch>().ClaimAsync(JobQueues.Ingest, amount, TimeSpan.FromSeconds(4), CancellationToken.None);
                return claim.Places.Count > 0 || claim.NextDue > TimeSpan.FromMilliseconds(1600) || await IsKnownAsync(host);
            },
            "the queue gives jobs");
        return claim;
    }

    private static async Task<bool> IsKnownAsync(JobsHost host)
    {
        long known = await host.Get<Core.Redis.RedisClient>().CallAsync(
            "test", async database => (long)await database.StringGetAsync(JobKeys.Known(JobQueues.Ingest)), CancellationToken.None);
        return known < TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
    }

    /// <summary>Counts what runs at once, by a group of the job.</summary>
    private sealed class Gauge(Func<JobContext, string> group)
    {
        private readonly ConcurrentDictionary<string, int> _running = new();
        private readonly Lock _gate = new();
        private int _all;

        public Dictionary<string, int> Most { get; } = [];

        public int MostOfAll { get; private set; }

        public ConcurrentQueue<string> Order { get; } = [];

        public async Task<JobOutcome> RunAsync(JobContext job, CancellationToken cancellation)
        {
            string mine = group(job);
            lock (_gate)
            {
                int running = _running.AddOrUpdate(mine, 1, (_, before) => before + 1);
                Most[mine] = Math.Max(Most.GetValueOrDefault(mine), running);
                MostOfAll = Math.Max(MostOfAll, ++_all);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellation);
            lock (_gate)
            {
                _running.AddOrUpdate(mine, 0, (_, before) => before - 1);
                _all--;
            }

            Order.Enqueue(mine);
            return JobOutcome.Done;
        }

        public Task RanAsync(int jobs, TimeSpan within) =>
            Eventually.TrueAsync(() => Task.FromResult(Order.Count >= jobs), $"{jobs} jobs have run; {Order.Count} have", within);
    }
}

internal sealed record LaneJob(string? Lane);

[System.Text.Json.Serialization.JsonSerializable(typeof(LaneJob))]
internal sealed partial class LaneJson : System.Text.Json.Serialization.JsonSerializerContext;
