using System.Collections.Concurrent;
using System.Diagnostics;
using AiSaas.Contracts.Common;
using AiSaas.Core.Jobs;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary>What a job goes through when nothing breaks: submitted, run, retried, canceled.</summary>
public sealed class JobLifeTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Effects_and_completion_commit_together()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(fixture.Stack, WriteEffectAsync).WorkAsync();

        var job = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        var info = await host.Control.FindAsync(tenant, job, None);
        Assert.Equal((1, 1.0, "42"), (info!.Attempts, info.Progress, info.Result!.Value.GetProperty("answer").GetRawText()));
        Assert.Equal(1, await fixture.EffectsAsync(tenant));
    }

    [Fact]
    public async Task A_job_that_yields_goes_on_as_the_same_attempt()
    {
        var tenant = await fixture.TenantAsync();
        int turns = 0;
        await using var host = await JobsHost.Create(fixture.Stack, (_, _) =>
            Task.FromResult<JobOutcome>(Interlocked.Increment(ref turns) < 3 ? new JobOutcome.Yielded() : JobOutcome.Done)).WorkAsync();

        var job = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        Assert.Equal((3, 1), (turns, (await host.Control.FindAsync(tenant, job, None))!.Attempts));
    }

    [Fact]
    public async Task A_job_of_a_transaction_that_rolls_back_never_was()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack);
        JobId job;
        await using (var work = await host.Database.BeginAsync(tenant, None))
        {
            job = await host.Queue.EnqueueAsync(work, new NewJob(JobKind.Ingest, "{}"u8.ToArray()), None);
        }

        Assert.Null(await host.Control.FindAsync(tenant, job, None));
    }

    [Fact]
    public async Task Another_tenants_job_is_not_found()
    {
        var (mine, theirs) = (await fixture.TenantAsync(), await fixture.TenantAsync());
        await using var host = JobsHost.Create(fixture.Stack);
        var job = await host.SubmitAsync(theirs, job => job with { RunAt = DateTimeOffset.MaxValue.AddYears(-7000) });

        Assert.Null(await host.Control.FindAsync(mine, job, None));
        Assert.Null(await host.Control.CancelAsync(mine, job, "cancel", None));
        Assert.Equal(RetryAnswer.NotFound, await host.Control.RetryAsync(mine, job, None));
        Assert.Equal(JobStatus.Queued, await host.StatusAsync(theirs, job));
    }

    [Fact]
    public async Task A_failing_job_is_tried_again_and_dies_when_tries_run_out_then_a_person_tries_it_again()
    {
        var tenant = await fixture.TenantAsync();
        bool works = false;
        await using var host = await JobsHost.Create(fixture.Stack, (_, _) => Volatile.Read(ref works)
            ? Task.FromResult<JobOutcome>(JobOutcome.Done)
            : throw new InvalidOperationException("Broken.")).WorkAsync();

        var job = await host.SubmitAsync(tenant, job => job with { MaxAttempts = 2 });
        await host.BecomesAsync(tenant, job, JobStatus.Dead);

        var info = await host.Control.FindAsync(tenant, job, None);
        Assert.Equal((2, "jobs:unexpected"), (info!.Attempts, info.Error!.Code));
        Assert.DoesNotContain("Broken", info.Error.Detail, StringComparison.Ordinal);
        var settled = Assert.Single(await host.Get<RecordedSettlements>().WaitAsync(1));
        Assert.Equal((job, JobStatus.Dead), (settled.Id, settled.Status));

        Volatile.Write(ref works, true);
        Assert.Equal(RetryAnswer.Queued, await host.Control.RetryAsync(tenant, job, None));
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);
        Assert.Equal(RetryAnswer.Refused, await host.Control.RetryAsync(tenant, job, None));
    }

    [Fact]
    public async Task A_job_whose_input_is_at_fault_fails_at_once()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(
            fixture.Stack, (_, _) => Task.FromResult<JobOutcome>(new JobOutcome.Failed(new Failure("test:bad", "It is bad.")))).WorkAsync();

        var job = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, job, JobStatus.Failed);

        var info = await host.Control.FindAsync(tenant, job, None);
        Assert.Equal((1, new Failure("test:bad", "It is bad.")), (info!.Attempts, info.Error));
    }

    [Fact]
    public async Task A_queued_job_is_canceled_at_once_and_never_runs()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack, WriteEffectAsync);
        var canceled = await host.SubmitAsync(tenant);
        var other = await host.SubmitAsync(tenant);

        Assert.Equal(JobStatus.Canceled, await host.Control.CancelAsync(tenant, canceled, "stop", None));
        Assert.Equal(JobStatus.Canceled, await host.Control.CancelAsync(tenant, canceled, "stop", None));

        var settled = Assert.Single(await host.Get<RecordedSettlements>().WaitAsync(1));
        Assert.Equal((canceled, "stop"), (settled.Id, settled.CancelReason));
        await host.WorkAsync();
        await host.BecomesAsync(tenant, other, JobStatus.Succeeded);
        Assert.Equal(1, await fixture.EffectsAsync(tenant));
    }

    [Fact]
    public async Task A_running_job_stops_soon_after_its_cancel()
    {
        var tenant = await fixture.TenantAsync();
        TaskCompletionSource started = new(), stopped = new();
        string? reason = null;
        await using var host = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
                return JobOutcome.Done;
            }
            finally
            {
                reason = context.CancelReason;
                stopped.SetResult();
            }
        }).WorkAsync();
        var job = await host.SubmitAsync(tenant);
        await started.Task;

        Assert.Equal(JobStatus.Running, await host.Control.CancelAsync(tenant, job, "stop", None));
        await stopped.Task.WaitAsync(TimeSpan.FromSeconds(30), None);

        Assert.Equal("stop", reason);
        await host.BecomesAsync(tenant, job, JobStatus.Canceled);
    }

    [Fact]
    public async Task The_same_key_is_one_job_while_it_is_active_and_a_new_one_after()
    {
        var tenant = await fixture.TenantAsync();
        var other = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack);

        var first = await host.SubmitAsync(tenant, job => job with { DedupeKey = "page-1" });
        var again = await host.SubmitAsync(tenant, job => job with { DedupeKey = "page-1" });
        var elsewhere = await host.SubmitAsync(other, job => job with { DedupeKey = "page-1" });
        await host.WorkAsync();
        await host.BecomesAsync(tenant, first, JobStatus.Succeeded);
        var later = await host.SubmitAsync(tenant, job => job with { DedupeKey = "page-1" });

        Assert.Equal(first, again);
        Assert.NotEqual(first, elsewhere);
        Assert.NotEqual(first, later);
    }

    [Fact]
    public async Task A_delayed_job_waits_for_its_time_and_not_for_the_sweep()
    {
        var tenant = await fixture.TenantAsync();
        ConcurrentQueue<DateTimeOffset> ran = [];
        await using var host = await JobsHost.Create(fixture.Stack, (context, _) =>
        {
            if (context.Tenant == tenant)
            {
                ran.Enqueue(TimeProvider.System.GetUtcNow());
            }

            return Task.FromResult<JobOutcome>(JobOutcome.Done);
        }).WorkAsync();
        var due = TimeProvider.System.GetUtcNow().AddMilliseconds(1500);

        var job = await host.SubmitAsync(tenant, job => job with { RunAt = due });
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        var started = Assert.Single(ran);
        Assert.True(started >= due.AddMilliseconds(-5), $"{due - started} early");
    }

    [Fact]
    public async Task A_tenants_urgent_job_goes_before_its_others_and_tenants_take_turns()
    {
        var (noisy, quiet) = (await fixture.TenantAsync(), await fixture.TenantAsync());
        ConcurrentQueue<JobId> order = [];
        await using var host = JobsHost.Create(fixture.Stack, (context, _) =>
        {
            // Other tests of the class may have left jobs behind.
            if (context.Tenant == noisy || context.Tenant == quiet)
            {
                order.Enqueue(context.JobId);
            }

            return Task.FromResult<JobOutcome>(JobOutcome.Done);
        }, ("Worker:Concurrency:ingest", "1"));
        var crowd = await host.SubmitAsync(noisy, 200);
        var urgent = await host.SubmitAsync(noisy, job => job with { Priority = JobPriority.High });
        var lone = await host.SubmitAsync(quiet);

        await host.WorkAsync();
        await Eventually.TrueAsync(() => Task.FromResult(order.Count == crowd.Count + 2), "all ran");

        List<JobId> ran = [.. order];
        Assert.Equal(urgent, ran[0]);
        Assert.InRange(ran.IndexOf(lone), 0, 2);
        Assert.Equal(crowd.ToHashSet(), [.. ran.Where(crowd.Contains)]);
    }

    [Fact]
    public async Task Progress_is_seen_while_the_job_runs()
    {
        var tenant = await fixture.TenantAsync();
        TaskCompletionSource seen = new();
        await using var host = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            context.ReportProgress(0.25, "reading");
            await seen.Task.WaitAsync(cancellation);
            return JobOutcome.Done;
        }).WorkAsync();

        var job = await host.SubmitAsync(tenant);
        await Eventually.TrueAsync(
            async () => (await host.Control.FindAsync(tenant, job, None))!.Progress == 0.25, "progress is written");
        seen.SetResult();

        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);
    }

    [Fact]
    public async Task The_trace_of_who_submits_goes_on_in_the_worker()
    {
        using ActivitySource requests = new("AiSaas.Tests.Requests");
        ConcurrentQueue<Activity> spans = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name is JobQueue.Source or "AiSaas.Tests.Requests",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(fixture.Stack).WorkAsync();
        ActivityTraceId trace;
        JobId job;
        using (var request = requests.StartActivity("POST"))
        {
            trace = request!.TraceId;
            job = await host.SubmitAsync(tenant);
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(spans.Any(span => span.OperationName == "job ingest" && span.TraceId == trace)), "the worker's span ends");

        var submitted = Assert.Single(spans, span => span.OperationName == "enqueue ingest" && span.TraceId == trace);
        var ran = Assert.Single(spans, span => span.OperationName == "job ingest" && span.TraceId == trace);
        Assert.Equal(submitted.SpanId, ran.ParentSpanId);
        Assert.Equal(job.ToString(), ran.GetTagItem("messaging.message.id"));
    }

    private static async Task<JobOutcome> WriteEffectAsync(JobContext context, CancellationToken cancellation)
    {
        await context.CompleteAsync(
            (work, token) => work.ExecuteAsync("insert into effects (job) values ($1)", token, context.JobId),
            """{"answer":42}""",
            cancellation);
        return JobOutcome.Done;
    }
}
