using System.Collections.Concurrent;
using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using Npgsql;

namespace AiSaas.Tests.Jobs;

/// <summary>Jobs that are submitted and completed in groups: as if each stood alone.</summary>
public sealed class JobGroupTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task Many_jobs_of_one_transaction_each_run_once_and_what_is_active_already_is_left_out()
    {
        var tenant = await fixture.TenantAsync();
        ConcurrentBag<JobId> ran = [];
        await using var host = JobsHost.Create(fixture.Stack, (context, _) =>
        {
            if (context.Tenant == tenant)
            {
                ran.Add(context.JobId);
            }

            return Task.FromResult<JobOutcome>(JobOutcome.Done);
        });
        await host.SubmitAsync(tenant, job => job with { DedupeKey = "7" });
        NewJob[] jobs =
        [
            .. Enumerable.Range(0, 12_000).Select(_ => Job()),
            Job() with { DedupeKey = "7" }, Job() with { DedupeKey = "8" }, Job() with { DedupeKey = "8" },
        ];

        await using (var work = await host.Database.BeginAsync(tenant, None))
        {
            await host.Queue.EnqueueAllAsync(work, jobs, None);
            await work.CommitAsync(None);
        }

        await host.WorkAsync();
        await Eventually.TrueAsync(() => Task.FromResult(ran.Count >= 12_002), "all ran", TimeSpan.FromMinutes(2));
        await SucceededAsync(tenant, 12_002);
        Assert.Equal(12_002, ran.Distinct().Count());
        Assert.Equal(12_002, ran.Count);
    }

    [Fact]
    public async Task Many_jobs_of_a_transaction_that_rolls_back_never_were()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack);
        await using (var work = await host.Database.BeginAsync(tenant, None))
        {
            await host.Queue.EnqueueAllAsync(work, [Job(), Job()], None);
        }

        Assert.Equal(0L, await fixture.Stack.ScalarAsync<long>("select count(*) from jobs where tenant_id = $1", tenant.Value));
    }

    [Fact]
    public async Task Jobs_that_are_alike_are_written_as_each_was_meant()
    {
        var tenant = await fixture.TenantAsync();
        var at = new DateTimeOffset(2100, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await using var host = JobsHost.Create(fixture.Stack);
        var parent = await host.SubmitAsync(tenant, job => job with { RunAt = at });
        NewJob[] jobs =
        [
            .. new[] { """{"n": 1}""", """{"n": 2}""" }.Select(text => new NewJob(JobKind.BatchPart, System.Text.Encoding.UTF8.GetBytes($" {text} ").AsMemory(1..^1))
            {
                RunAt = at, Lane = "provider:x", Priority = JobPriority.Low, MaxAttempts = 7, Parent = parent,
            }),
        ];
        await using (var work = await host.Database.BeginAsync(tenant, None))
        {
            await host.Queue.EnqueueAllAsync(work, jobs, None);
            await work.CommitAsync(None);
        }

        Assert.Equal(2L, await fixture.Stack.ScalarAsync<long>(
            """
            select count(*) from jobs where tenant_id = $1 and kind = 'batch-part' and queue = 'batch' and priority = 2 and max_attempts = 7
                and lane = 'provider:x' and run_at = $2 and check_at = $2 + interval '2 seconds' and parent_id = $3 and status = 'queued'
                and payload = jsonb_build_object('n', array_position($4, id))
            """, tenant.Value, at, parent.Value, jobs.Select(job => job.Id.Value).ToArray()));
    }

    [Fact]
    public async Task A_lane_or_a_dedupe_key_that_is_none_is_refused_before_anything_is_written()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack);
        foreach (var job in new[]
        {
            Job() with { Lane = "" }, Job() with { Lane = "a|b/c" }, Job() with { Lane = "a\n" }, Job() with { Lane = new('a', 51) },
            Job() with { DedupeKey = "" }, Job() with { DedupeKey = new('a', 201) },
        })
        {
            await Assert.ThrowsAsync<ArgumentException>(() => host.Queue.SubmitAsync(tenant, job, None));
            await Assert.ThrowsAsync<ArgumentException>(() => host.SubmitAsync(tenant, _ => job));
        }

        Assert.Equal(0L, await fixture.Stack.ScalarAsync<long>("select count(*) from jobs where tenant_id = $1", tenant.Value));
    }

    [Fact]
    public async Task What_is_submitted_is_on_disk_when_its_submitter_hears_of_it()
    {
        var tenant = await fixture.TenantAsync();
        // Tests' servers commit without the disk; a submitter doesn't.
        await using var host = JobsHost.Create(fixture.Stack, null, ("ConnectionStrings:aisaas", $"{fixture.Stack.Postgres};Options=-c synchronous_commit=on"));
        for (int turn = 0; turn < 20; turn++)
        {
            string before = (await fixture.Stack.ScalarAsync<string>("select pg_current_wal_insert_lsn()::text"))!;
            // Due in a hundred years: workers of other tests have enough of their own.
            await host.Queue.SubmitAsync(tenant, Job() with { RunAt = TimeProvider.System.GetUtcNow().AddYears(100) }, None);
            Assert.True(await fixture.Stack.ScalarAsync<bool>("select pg_current_wal_flush_lsn() > $1::pg_lsn", before));
        }
    }

    [Fact]
    public async Task Of_jobs_submitted_together_the_one_at_fault_fails_alone()
    {
        var (mine, theirs) = (await fixture.TenantAsync(), await fixture.TenantAsync());
        await using var host = await JobsHost.Create(fixture.Stack).WorkAsync();

        var good = Enumerable.Range(0, 300).Select(number => host.Queue.SubmitAsync(number % 2 == 0 ? mine : theirs, Job(), None)).ToArray();
        var notJson = host.Queue.SubmitAsync(mine, new NewJob(JobKind.Ingest, "{"u8.ToArray()), None);
        var nobodys = host.Queue.SubmitAsync(TenantId.New(), Job(), None);
        var tooOften = host.Queue.SubmitAsync(theirs, Job() with { MaxAttempts = 1000 }, None);
        var ids = await Task.WhenAll(good);

        Assert.Equal("22P02", (await Assert.ThrowsAsync<PostgresException>(() => notJson)).SqlState);
        Assert.Equal("23503", (await Assert.ThrowsAsync<PostgresException>(() => nobodys)).SqlState);
        Assert.Equal("23514", (await Assert.ThrowsAsync<PostgresException>(() => tooOften)).SqlState);
        await Assert.ThrowsAsync<ArgumentException>(() => host.Queue.SubmitAsync(mine, new NewJob(JobKind.Ingest, new byte[65_537]), None));
        Assert.Equal(300, ids.Distinct().Count());
        await SucceededAsync(mine, 150);
        await SucceededAsync(theirs, 150);
    }

    [Fact]
    public async Task Of_the_same_key_submitted_together_all_get_one_id()
    {
        var (tenant, other) = (await fixture.TenantAsync(), await fixture.TenantAsync());
        await using var host = JobsHost.Create(fixture.Stack);

        var ids = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => host.Queue.SubmitAsync(tenant, Job() with { DedupeKey = "one" }, None)));
        var elsewhere = await host.Queue.SubmitAsync(other, Job() with { DedupeKey = "one" }, None);

        var first = Assert.Single(ids.Distinct());
        Assert.NotEqual(first, elsewhere);
        Assert.Equal(1L, await fixture.Stack.ScalarAsync<long>("select count(*) from jobs where tenant_id = $1", tenant.Value));
    }

    [Fact]
    public async Task A_submitted_job_waits_for_its_time()
    {
        var tenant = await fixture.TenantAsync();
        ConcurrentQueue<DateTimeOffset> ran = [];
        await using var host = await JobsHost.Create(fixture.Stack, (context, _) =>
        {
            // Other tests of the class may have left jobs behind.
            if (context.Tenant == tenant)
            {
                ran.Enqueue(TimeProvider.System.GetUtcNow());
            }

            return Task.FromResult<JobOutcome>(JobOutcome.Done);
        }).WorkAsync();
        var due = TimeProvider.System.GetUtcNow().AddMilliseconds(1200);

        await host.BecomesAsync(tenant, await host.Queue.SubmitAsync(tenant, Job() with { RunAt = due }, None), JobStatus.Succeeded);

        Assert.True(Assert.Single(ran) >= due.AddMilliseconds(-5));
    }

    [Fact]
    public async Task A_success_whose_lease_was_lost_is_written_for_none_and_the_others_of_its_group_are()
    {
        var tenant = await fixture.TenantAsync();
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ConcurrentDictionary<JobId, long> fences = new();
        // One beat an hour: what is taken away here is found out by the write alone.
        await using var host = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            if (context.Tenant != tenant)
            {
                return JobOutcome.Done;
            }

            fences[context.JobId] = context.Fence;
            await go.Task.WaitAsync(cancellation);
            return new JobOutcome.Succeeded($$"""{"fence":{{context.Fence}}}""");
        }, ("Worker:Concurrency:ingest", "20"), ("Worker:Lease", "02:30:00"), ("Worker:Heartbeat", "01:00:00")).WorkAsync();
        var jobs = await host.SubmitAsync(tenant, 20);
        await Eventually.TrueAsync(() => Task.FromResult(fences.Count == 20), "all run");

        var thief = Guid.CreateVersion7();
        await fixture.Stack.ScalarAsync<int>(
            "update jobs set worker = $2, fence = fence + 1 where id = any ($1)", jobs.Take(5).Select(job => job.Value).ToArray(), thief);
        go.SetResult();
        foreach (var job in jobs.Skip(5))
        {
            await host.BecomesAsync(tenant, job, JobStatus.Succeeded);
            Assert.Equal(fences[job], (await host.Control.FindAsync(tenant, job, None))!.Result!.Value.GetProperty("fence").GetInt64());
        }

        Assert.Equal(5L, await fixture.Stack.ScalarAsync<long>(
            "select count(*) from jobs where worker = $1 and status = 'running' and result is null", thief));
    }

    [Fact]
    public async Task A_result_that_is_no_json_hurts_its_own_job_alone()
    {
        var tenant = await fixture.TenantAsync();
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int running = 0;
        JobId? bad = null;
        await using var host = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            Interlocked.Increment(ref running);
            await go.Task.WaitAsync(cancellation);
            return new JobOutcome.Succeeded(context.JobId == bad ? "{" : "{}");
        }, ("Worker:Concurrency:ingest", "20")).WorkAsync();
        var jobs = await host.SubmitAsync(tenant, 20);
        bad = jobs[7];
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref running) == 20), "all run");
        go.SetResult();

        await SucceededAsync(tenant, 19);
        Assert.NotEqual(JobStatus.Succeeded, await host.StatusAsync(tenant, jobs[7]));
    }

    [Fact]
    public async Task No_two_leases_have_the_same_fence_even_when_the_first_was_undone()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = JobsHost.Create(fixture.Stack);
        var job = await host.SubmitAsync(tenant);
        var store = host.Get<JobStore>();
        var first = Assert.Single(await store.ClaimAsync([job.Value], Guid.CreateVersion7(), TimeSpan.FromSeconds(3), None));
        // A crash of the database may undo a claim that it had not written to disk.
        await fixture.Stack.ScalarAsync<int>(
            "update jobs set status = 'queued', fence = 0, attempts = 0, worker = null, lease_until = null, started_at = null where id = $1", job.Value);

        var second = Assert.Single(await store.ClaimAsync([job.Value], Guid.CreateVersion7(), TimeSpan.FromSeconds(3), None));

        Assert.True(second.Fence > first.Fence, $"{first.Fence} < {second.Fence}");
    }

    private static NewJob Job() => new(JobKind.Ingest, """{"n":1}"""u8.ToArray());

    private Task SucceededAsync(TenantId tenant, long amount) => Eventually.TrueAsync(
        async () => await fixture.Stack.ScalarAsync<long>(
            "select count(*) from jobs where tenant_id = $1 and status = 'succeeded'", tenant.Value) == amount,
        $"{amount} jobs succeed");
}
