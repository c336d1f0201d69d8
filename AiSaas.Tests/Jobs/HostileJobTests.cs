using AiSaas.Core.Jobs;
using AiSaas.Ingestion.Worker;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.Jobs;

/// <summary>Jobs that hang, don't listen or eat memory cost themselves their tries, and nobody else anything.</summary>
public sealed class HostileJobTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task An_attempt_that_never_ends_is_stopped_after_its_kinds_limit_and_tried_again()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(
            fixture.Stack, (context, cancellation) => context.Attempt == 1 ? HangAsync(cancellation) : WriteEffectAsync(context, cancellation),
            ("Worker:Limits:ingest", "00:00:01")).WorkAsync();
        var job = await host.SubmitAsync(tenant);

        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        Assert.Equal(1, await fixture.EffectsAsync(tenant));
        Assert.Equal(2, (await host.Control.FindAsync(tenant, job, None))!.Attempts);
    }

    [Fact]
    public async Task A_handler_that_does_not_listen_loses_its_job_and_its_slot_and_is_refused_when_it_wakes_up()
    {
        var tenant = await fixture.TenantAsync();
        using ManualResetEventSlim wake = new();
        TaskCompletionSource<Exception?> late = new();
        await using var host = await JobsHost.Create(
            fixture.Stack,
            async (context, cancellation) =>
            {
                if (context.IsLastAttempt)
                {
                    // It blocks its thread and never looks at its token.
                    wake.Wait(None);
                    late.SetResult(await Record.ExceptionAsync(() => WriteEffectAsync(context, None)));
                }

                return await WriteEffectAsync(context, cancellation);
            },
            ("Worker:Limits:ingest", "00:00:01"), ("Worker:Grace", "00:00:00.5"), ("Worker:Concurrency:ingest", "1")).WorkAsync();
        var deaf = await host.SubmitAsync(tenant, job => job with { MaxAttempts = 1 });

        await host.BecomesAsync(tenant, deaf, JobStatus.Dead);
        var next = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, next, JobStatus.Succeeded);
        var bounded = host.Get<BoundedAttempt>();
        int left = bounded.LeftBehind;
        wake.Set();

        Assert.IsType<LeaseLostException>(await late.Task.WaitAsync(TimeSpan.FromSeconds(30), None));
        Assert.Equal(("jobs:timed-out", 1), ((await host.Control.FindAsync(tenant, deaf, None))!.Error!.Code, left));
        Assert.Equal(1, await fixture.EffectsAsync(tenant));
        await Infrastructure.Eventually.TrueAsync(() => Task.FromResult(bounded.LeftBehind == 0), "it is not counted for ever");
    }

    [Fact]
    public async Task A_worker_with_too_many_that_do_not_listen_ends_to_be_started_anew()
    {
        var tenant = await fixture.TenantAsync();
        TaskCompletionSource wake = new();
        await using var host = await JobsHost.Create(
            fixture.Stack, async (_, _) =>
            {
                await wake.Task;
                return JobOutcome.Done;
            },
            ("Worker:Limits:ingest", "00:00:00.3"), ("Worker:Grace", "00:00:00.2"), ("Worker:MostLeftBehind", "2"), ("Worker:Drain", "00:00:01")).WorkAsync();
        await host.SubmitAsync(tenant, job => job with { MaxAttempts = 1 });
        await host.SubmitAsync(tenant, job => job with { MaxAttempts = 1 });

        await EndsAsync(host);
        wake.SetResult();
    }

    [Fact]
    public async Task A_job_that_eats_its_workers_memory_is_dead_after_its_tries_and_each_worker_goes_in_order()
    {
        var tenant = await fixture.TenantAsync();
        await using var submitter = JobsHost.Create(fixture.Stack);
        var job = await submitter.SubmitAsync(tenant, job => job with { MaxAttempts = 2 });
        for (int attempt = 1; attempt <= 2; attempt++)
        {
            TaskCompletionSource running = new();
            await using var worker = await JobsHost.Create(
                fixture.Stack,
                (_, cancellation) =>
                {
                    running.TrySetResult();
                    return HangAsync(cancellation);
                }).WorkAsync();
            await running.Task.WaitAsync(TimeSpan.FromSeconds(20), None);

            worker.Get<MemoryGuard>().Check(long.MaxValue);
            await EndsAsync(worker);
            await worker.DrainAsync();
            await submitter.BecomesAsync(tenant, job, attempt == 1 ? JobStatus.Queued : JobStatus.Dead);
        }

        var dead = (await submitter.Control.FindAsync(tenant, job, None))!;
        Assert.Equal(("jobs:out-of-memory", 2), (dead.Error!.Code, dead.Attempts));
    }

    [Fact]
    public async Task A_process_frozen_in_a_transaction_holds_its_locks_for_ten_seconds_at_most()
    {
        var tenant = await fixture.TenantAsync();
        await using var submitter = JobsHost.Create(fixture.Stack);
        var job = await submitter.SubmitAsync(tenant);
        await using var frozen = await submitter.Database.BeginAsync(tenant, None);
        Assert.Equal(("10s", "15s"), (
            await frozen.ScalarAsync<string>("show idle_in_transaction_session_timeout", None), await frozen.ScalarAsync<string>("show lock_timeout", None)));

        // The same as the role's, only sooner.
        await frozen.ExecuteAsync("set local idle_in_transaction_session_timeout = '1s'", None);
        await frozen.ScalarAsync<bool>("select true from jobs where id = $1 for update", None, job);

        Assert.Equal(JobStatus.Canceled, await submitter.Control.CancelAsync(tenant, job, "test", None));
        await Assert.ThrowsAnyAsync<Npgsql.NpgsqlException>(() => frozen.CommitAsync(None));
    }

    private static Task EndsAsync(JobsHost host) => Infrastructure.Eventually.TrueAsync(
        () => Task.FromResult(host.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested), "the worker ends");

    private static async Task<JobOutcome> HangAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        return JobOutcome.Done;
    }

    private static async Task<JobOutcome> WriteEffectAsync(JobContext context, CancellationToken cancellation)
    {
        await context.CompleteAsync(
            (work, token) => work.ExecuteAsync("insert into effects (job) values ($1)", token, context.JobId), null, cancellation);
        return JobOutcome.Done;
    }
}
