using System.Text;
using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Jobs;

/// <summary>A job that hands out its work in pieces and waits for them.</summary>
public sealed class JobTreeTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_parent_goes_on_when_the_last_of_its_children_has_ended_however_they_ended()
    {
        var tenant = await fixture.TenantAsync();
        ChildCounts? seen = null;
        await using var host = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            if (IsChild(context))
            {
                return context.Payload.Span.IndexOf("bad"u8) >= 0
                    ? new JobOutcome.Failed(new("test:bad", "It is bad."))
                    : JobOutcome.Done;
            }

            var counts = await context.CountChildrenAsync(cancellation);
            if (counts.Total > 0)
            {
                seen = counts;
                return JobOutcome.Done;
            }

            return await SpawnAsync(context, ["good", "good", "bad", "good"], cancellation);
        }).WorkAsync();

        var parent = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, parent, JobStatus.Succeeded);

        Assert.Equal(new ChildCounts(4, 3, 1, 0, 0), seen);
        Assert.Equal(1, (await host.Control.FindAsync(tenant, parent, None))!.Attempts);
    }

    [Fact]
    public async Task A_parent_that_made_no_children_goes_on_at_once()
    {
        var tenant = await fixture.TenantAsync();
        int runs = 0;
        await using var host = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
            Interlocked.Increment(ref runs) == 1 ? await SpawnAsync(context, [], cancellation) : JobOutcome.Done).WorkAsync();

        await host.BecomesAsync(tenant, await host.SubmitAsync(tenant), JobStatus.Succeeded);

        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task Cancelling_a_parent_cancels_what_waits_below_it_and_stops_what_runs()
    {
        var tenant = await fixture.TenantAsync();
        TaskCompletionSource running = new();
        await using var host = await JobsHost.Create(
            fixture.Stack,
            async (context, cancellation) =>
            {
                if (!IsChild(context))
                {
                    return await SpawnAsync(context, ["a", "b", "c"], cancellation);
                }

                running.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
                return JobOutcome.Done;
            },
            ("Worker:Concurrency:ingest", "1")).WorkAsync();
        var parent = await host.SubmitAsync(tenant);
        await running.Task.WaitAsync(TimeSpan.FromSeconds(20), None);
        Assert.Equal("running", (await host.Control.FindAsync(tenant, parent, None))!.Status);

        Assert.Equal(JobStatus.Canceled, await host.Control.CancelAsync(tenant, parent, "stop", None));

        await Eventually.TrueAsync(async () => await CountAsync(tenant, "canceled") == 4, "all four are canceled");
        var settled = await host.Get<RecordedSettlements>().WaitAsync(4);
        Assert.Equal(4, settled.Count);
        Assert.All(settled, one => Assert.Equal("stop", one.CancelReason));
    }

    [Fact]
    public async Task A_worker_that_dies_before_it_wakes_the_parent_is_made_good_for_by_the_sweep()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(fixture.Stack).WorkAsync();
        var parent = JobId.New();
        await fixture.Stack.ScalarAsync<int>(
            "insert into jobs (id, tenant_id, kind, queue, payload, max_attempts, status) values ($1, $2, 'ingest', 'ingest', '{}', 5, 'waiting')",
            parent.Value, tenant.Value);

        await host.BecomesAsync(tenant, parent, JobStatus.Succeeded);
    }

    private static bool IsChild(JobContext context) => context.Payload.Span.IndexOf("child"u8) >= 0;

    private static async Task<JobOutcome> SpawnAsync(JobContext context, string[] children, CancellationToken cancellation)
    {
        await context.AwaitChildrenAsync(
            async (work, token) =>
            {
                foreach (string child in children)
                {
                    NewJob job = new(JobKind.Ingest, Encoding.UTF8.GetBytes($$"""{"child":"{{child}}"}""")) { Parent = context.JobId };
                    await context.Services.GetRequiredService<JobQueue>().EnqueueAsync(work, job, token);
                }
            },
            cancellation);
        return new JobOutcome.Waiting();
    }

    private Task<long> CountAsync(TenantId tenant, string status) =>
        fixture.Stack.ScalarAsync<long>("select count(*) from jobs where tenant_id = $1 and status = $2", tenant.Value, status);
}
