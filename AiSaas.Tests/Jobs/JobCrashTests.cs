using AiSaas.Core.Jobs;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary>What a job survives: workers that die or freeze, a Redis that forgets or is away, a submitter that dies after its commit.</summary>
public sealed class JobCrashTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task Two_workers_share_the_jobs_and_run_none_twice()
    {
        var tenant = await fixture.TenantAsync();
        await using var one = JobsHost.Create(fixture.Stack, WriteEffectAsync, ("Worker:Concurrency:ingest", "8"));
        await using var two = JobsHost.Create(fixture.Stack, WriteEffectAsync, ("Worker:Concurrency:ingest", "8"));
        await one.SubmitAsync(tenant, 300);

        await Task.WhenAll(one.WorkAsync(), two.WorkAsync());
        await SucceededAsync(tenant, 300);

        Assert.Equal(300, await fixture.EffectsAsync(tenant));
        Assert.Equal(300, await fixture.Stack.ScalarAsync<long>("select sum(attempts) from jobs where tenant_id = $1", tenant.Value));
    }

    [Fact]
    public async Task The_fence_refuses_what_a_worker_writes_after_its_lease_was_taken_over()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack, WriteEffectAsync);
        var job = await host.SubmitAsync(tenant);
        var frozen = await LeaseAsync(host, job);
        await ExpireAsync(job);
        await host.WorkAsync();
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        JobContext late = new(frozen, host.Database, null!);
        await Assert.ThrowsAsync<LeaseLostException>(() => WriteEffectAsync(late, None));
        await Assert.ThrowsAsync<LeaseLostException>(() => late.FencedAsync(
            (work, token) => work.ExecuteAsync("insert into effects (job, note) values ($1, 'late')", token, job), None));

        Assert.Equal(1, await fixture.EffectsAsync(tenant));
        Assert.Equal(2, (await host.Control.FindAsync(tenant, job, None))!.Attempts);
    }

    [Fact]
    public async Task A_silent_workers_job_is_taken_over_when_its_lease_runs_out()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack, WriteEffectAsync);
        var job = await host.SubmitAsync(tenant);
        await LeaseAsync(host, job);

        await host.WorkAsync();
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded, Lease + TimeSpan.FromSeconds(30));

        Assert.Equal(2, (await host.Control.FindAsync(tenant, job, None))!.Attempts);
    }

    [Fact]
    public async Task A_job_that_kills_every_worker_is_dead_after_its_tries()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack, WriteEffectAsync);
        var job = await host.SubmitAsync(tenant, job => job with { MaxAttempts = 1 });
        await LeaseAsync(host, job);
        await ExpireAsync(job);

        await host.WorkAsync();
        await host.BecomesAsync(tenant, job, JobStatus.Dead);

        Assert.Equal("jobs:interrupted", Assert.Single(await host.Get<RecordedSettlements>().WaitAsync(1)).Failure!.Code);
        Assert.Equal(0, await fixture.EffectsAsync(tenant));
    }

    [Fact]
    public async Task An_id_that_its_worker_took_from_Redis_and_never_leased_comes_back()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack, WriteEffectAsync);
        var job = await host.SubmitAsync(tenant);
        var claim = await host.Get<JobDispatch>().ClaimAsync(JobQueues.Ingest, 10, Lease, None);
        Assert.Contains(job.Value, claim.Ids);

        await host.WorkAsync();
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);
    }

    [Fact]
    public async Task A_submitter_whose_clock_is_ahead_delays_nothing()
    {
        var tenant = await fixture.TenantAsync();
        ReadyJob ahead = new(JobId.New(), tenant, JobQueues.Evals, JobPriority.Normal, TimeProvider.System.GetUtcNow().AddHours(1), null, IsDue: true);
        await using var host = JobsHost.Create(fixture.Stack);

        await host.Get<JobDispatch>().PushAsync([ahead], None);

        Assert.Equal([ahead.Id.Value], (await host.Get<JobDispatch>().ClaimAsync(JobQueues.Evals, 1, Lease, None)).Ids);
    }

    [Fact]
    public async Task A_job_whose_submitter_died_between_commit_and_dispatch_runs()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(fixture.Stack, WriteEffectAsync).WorkAsync();
        await EmptyAndFilledAsync(host);
        var job = JobId.New();

        await fixture.Stack.ScalarAsync<int>(
            "insert into jobs (id, tenant_id, kind, queue, payload, max_attempts) values ($1, $2, 'ingest', 'ingest', '{}', 5)",
            job.Value, tenant.Value);

        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);
    }

    [Fact]
    public async Task Emptying_Redis_under_running_workers_loses_and_doubles_nothing()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack, WriteEffectAsync, ("Worker:Concurrency:ingest", "2"));
        await host.SubmitAsync(tenant, 400);
        await host.WorkAsync();
        await Eventually.TrueAsync(async () => await fixture.EffectsAsync(tenant) > 20, "some ran");

        await FlushAsync(host);
        await host.SubmitAsync(tenant, 50);

        await SucceededAsync(tenant, 450);
        Assert.Equal(450, await fixture.EffectsAsync(tenant));
    }

    [Fact]
    public async Task While_Redis_is_away_jobs_are_accepted_and_run_and_when_it_is_back_they_go_on()
    {
        await using Outage own = new(fixture.Stack);
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(fixture.Stack, WriteEffectAsync).WorkAsync();
        await host.SubmitAsync(tenant, 5);
        await SucceededAsync(tenant, 5);

        await fixture.Stack.RedisServer.StopAsync();
        await host.SubmitAsync(tenant, 20);
        await SucceededAsync(tenant, 25);

        await own.EndAsync();
        await host.SubmitAsync(tenant, 20);
        await SucceededAsync(tenant, 45);
        await Eventually.TrueAsync(() => ReachableAsync(host), "Redis is used again");
    }

    [Fact]
    public async Task A_worker_that_goes_lets_jobs_finish_and_gives_back_the_rest_uncounted()
    {
        var tenant = await fixture.TenantAsync();
        TaskCompletionSource bothRun = new(), finish = new();
        int started = 0;
        await using var leaving = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            if (Interlocked.Increment(ref started) == 2)
            {
                bothRun.SetResult();
            }

            bool quick = context.Payload.Span.IndexOf("quick"u8) >= 0;
            await (quick ? finish.Task : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation)).WaitAsync(cancellation);
            return await WriteEffectAsync(context, cancellation);
        }, ("Worker:Drain", "00:00:01")).WorkAsync();
        var quick = await SubmitWithAsync(leaving, tenant, """{"pace":"quick"}""");
        var endless = await SubmitWithAsync(leaving, tenant, """{"pace":"endless"}""");
        await bothRun.Task;

        var drained = leaving.DrainAsync();
        finish.SetResult();
        await drained;

        Assert.Equal(JobStatus.Succeeded, await leaving.StatusAsync(tenant, quick));
        Assert.Equal(JobStatus.Queued, await leaving.StatusAsync(tenant, endless));
        await using var next = await JobsHost.Create(fixture.Stack, WriteEffectAsync).WorkAsync();
        await next.BecomesAsync(tenant, endless, JobStatus.Succeeded, Lease);
        Assert.Equal(1, (await next.Control.FindAsync(tenant, endless, None))!.Attempts);
        Assert.Equal(2, await fixture.EffectsAsync(tenant));
    }

    [Fact]
    public async Task A_worker_that_was_frozen_hears_that_it_lost_its_job()
    {
        var tenant = await fixture.TenantAsync();
        TaskCompletionSource running = new(), stopped = new();
        await using var host = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            if (context.Attempt > 1)
            {
                return await WriteEffectAsync(context, cancellation);
            }

            running.SetResult();
            await using var _ = cancellation.Register(stopped.SetResult);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            return JobOutcome.Done;
        }).WorkAsync();
        var job = await host.SubmitAsync(tenant);
        await running.Task;

        // As if its heartbeats had stood still for longer than the lease.
        await fixture.Stack.ScalarAsync<int>("update jobs set lease_until = now() - interval '1 minute' where id = $1", job.Value);
        await host.Get<Ingestion.Worker.Sweeper>().SweepAsync(None);

        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), None);
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);
        Assert.Equal(1, await fixture.EffectsAsync(tenant));
    }

    private static async Task<JobOutcome> WriteEffectAsync(JobContext context, CancellationToken cancellation)
    {
        await context.CompleteAsync(
            (work, token) => work.ExecuteAsync("insert into effects (job) values ($1)", token, context.JobId), null, cancellation);
        return JobOutcome.Done;
    }

    private static Task<JobId> SubmitWithAsync(JobsHost host, TenantId tenant, string payload) => host.SubmitAsync(
        tenant, _ => new NewJob(JobKind.Ingest, System.Text.Encoding.UTF8.GetBytes(payload)));

    // A worker that leases a job and is never heard of again.
    private static async Task<JobLease> LeaseAsync(JobsHost host, JobId job)
    {
        var claim = await host.Get<JobDispatch>().ClaimAsync(JobQueues.Ingest, 100, Lease, None);
        host.Get<JobDispatch>().Acknowledge(JobQueues.Ingest, claim);
        return Assert.Single(await host.Get<JobStore>().ClaimAsync([job.Value], Guid.CreateVersion7(), Lease, None));
    }

    private async Task ExpireAsync(JobId job) =>
        await fixture.Stack.ScalarAsync<int>("update jobs set lease_until = now() - interval '1 second' where id = $1", job.Value);

    private Task SucceededAsync(TenantId tenant, long amount) => Eventually.TrueAsync(
        async () => await fixture.Stack.ScalarAsync<long>(
            "select count(*) from jobs where tenant_id = $1 and status = 'succeeded'", tenant.Value) == amount,
        $"{amount} jobs succeed", TimeSpan.FromSeconds(60));

    private static Task FlushAsync(JobsHost host) => host.Get<RedisClient>().CallAsync(
        "FLUSHALL", database => database.ExecuteAsync("FLUSHALL"), None);

    private static Task EmptyAndFilledAsync(JobsHost host) => Eventually.TrueAsync(
        async () => await host.Get<RedisClient>().CallAsync(
            "EXISTS", database => database.KeyExistsAsync(JobKeys.Filled(JobQueues.Ingest)), None), "the first fill is over");

    private static async Task<bool> ReachableAsync(JobsHost host)
    {
        try
        {
            return await host.Get<RedisClient>().CallAsync("PING", database => database.PingAsync(), None) > TimeSpan.Zero;
        }
        catch (RedisUnavailableException)
        {
            return false;
        }
    }

    // Other tests of the class need Redis back, whatever happens in this one.
    private sealed class Outage(Stack stack) : IAsyncDisposable
    {
        private bool _over;

        public async Task EndAsync()
        {
            _over = true;
            await stack.RedisServer.RestartAsync(None);
        }

        public async ValueTask DisposeAsync()
        {
            if (!_over)
            {
                await stack.RedisServer.StopAsync();
                await EndAsync();
            }
        }
    }
}
