using AiSaas.Contracts.Jobs;
using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using AiSaas.Ingestion.Worker;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary>What a job keeps of its attempts.</summary>
public sealed class AttemptLogTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task A_dead_letter_tells_of_each_attempt_its_error_and_its_pause()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(fixture.Stack, (context, _) =>
        {
            context.Log($"asked provider for the {context.Attempt}. time");
            return Task.FromResult<JobOutcome>(new JobOutcome.Retry(
                ErrorClass.RateLimited, new("provider:busy", "The provider is busy."), TimeSpan.FromMilliseconds(30 * context.Attempt)));
        }).WorkAsync();
        var job = await host.SubmitAsync(tenant, job => job with { MaxAttempts = 1 });
        await host.BecomesAsync(tenant, job, JobStatus.Dead);

        var lines = await LinesAsync(host, tenant, job, 3);

        Assert.All(lines, line => Assert.Equal(1, line.Attempt));
        Assert.Equal(["worker", "handler", "worker"], lines.Select(line => line.Source));
        Assert.StartsWith("Attempt 1 of 1 began", lines[0].Line, StringComparison.Ordinal);
        Assert.Equal("asked provider for the 1. time", lines[1].Line);
        Assert.Equal("The provider is busy [provider:busy] (rate limited). No tries are left.", lines[2].Line);
    }

    [Fact]
    public async Task A_failed_attempt_tells_what_it_threw_and_when_the_next_one_comes()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(
            fixture.Stack, (context, _) => context.Attempt == 1 ? throw new TimeoutException("secret host name") : Task.FromResult<JobOutcome>(JobOutcome.Done)).WorkAsync();
        var job = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        var lines = await LinesAsync(host, tenant, job, 5);

        Assert.Equal([1, 1, 1, 2, 2], lines.Select(line => line.Attempt));
        Assert.Equal("It threw TimeoutException.", lines[1].Line);
        Assert.Matches(@"^Something went wrong on our side \[jobs:unexpected\] \(passing\)\. Next attempt in 0\.\d s\.$", lines[2].Line);
        Assert.StartsWith("Succeeded after", lines[4].Line, StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.Line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_succeeds_at_once_and_says_nothing_costs_no_line()
    {
        var tenant = await fixture.TenantAsync();
        await using var host = await JobsHost.Create(fixture.Stack).WorkAsync();
        var quiet = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, quiet, JobStatus.Succeeded);

        await host.Get<AttemptLog>().WriteAsync(None);

        Assert.Equal(0L, await fixture.Stack.ScalarAsync<long>("select count(*) from job_logs where tenant_id = $1", tenant.Value));
    }

    [Fact]
    public async Task A_handler_that_talks_without_end_keeps_its_newest_lines_clean_and_short_and_the_workers_stay()
    {
        var tenant = await fixture.TenantAsync();
        AttemptLog? log = null;
        await using var host = JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            for (int line = 0; line < 1000; line++)
            {
                context.Log(line == 999 ? "two\nlines\0, half \ud800 " + new string('x', 600) : $"line {line}");
                if (line % 100 == 99)
                {
                    // The log is written meanwhile, so that the bound is Postgres', too.
                    await log!.WriteAsync(cancellation);
                }
            }

            return JobOutcome.Done;
        });
        log = host.Get<AttemptLog>();
        await host.WorkAsync();
        var job = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        var reader = host.Get<JobReader>();
        var lines = (await Eventually.GetAsync(
            async () => await reader.LogAsync(tenant, job, None) is { } written && written.Items[^1].Line.StartsWith("Succeeded", StringComparison.Ordinal) ? written : null,
            "the last line is written")).Items;

        Assert.Equal(JobLines.Most, lines.Count);
        Assert.StartsWith("Attempt 1", lines[0].Line, StringComparison.Ordinal);
        Assert.Equal("two lines , half \ufffd xxx", lines[^2].Line[..22]);
        Assert.Equal(JobLines.Longest, lines[^2].Line.Length);
        Assert.Equal("line 998", lines[^3].Line);
    }

    [Fact]
    public async Task A_worker_that_went_silent_is_noted()
    {
        var tenant = await fixture.TenantAsync();
        using SemaphoreSlim stuck = new(0);
        await using var host = await JobsHost.Create(fixture.Stack, async (context, cancellation) =>
        {
            if (context.Attempt == 1)
            {
                await stuck.WaitAsync(cancellation);
            }

            return JobOutcome.Done;
        }).WorkAsync();
        var job = await host.SubmitAsync(tenant);
        await host.BecomesAsync(tenant, job, JobStatus.Running);

        // As if its worker had frozen: the row says that its lease ran out.
        await fixture.Stack.ScalarAsync<int>("update jobs set lease_until = now() - interval '1 minute', worker = gen_random_uuid() where id = $1", job.Value);
        await host.BecomesAsync(tenant, job, JobStatus.Succeeded);

        await Eventually.TrueAsync(
            async () => (await LinesAsync(host, tenant, job, 1)).Any(line => line.Attempt == 1 && line.Line.StartsWith("The worker went silent", StringComparison.Ordinal)),
            "the takeover is noted");
    }

    private static async Task<IReadOnlyList<JobLogLine>> LinesAsync(JobsHost host, TenantId tenant, JobId job, int atLeast)
    {
        var reader = host.Get<JobReader>();
        return (await Eventually.GetAsync(
            async () => await reader.LogAsync(tenant, job, None) is { } log && log.Items.Count >= atLeast ? log : null, "the log is written")).Items;
    }
}
