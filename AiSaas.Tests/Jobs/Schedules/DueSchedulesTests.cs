using AiSaas.Core.Jobs.Schedules;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs.Schedules;

/// <summary>How what is due becomes a job: once, however many look.</summary>
public sealed class DueSchedulesTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact]
    public async Task An_occurrence_becomes_one_job_however_many_workers_look()
    {
        var tenant = await fixture.TenantAsync();
        var author = await fixture.PersonAsync(tenant);
        for (int made = 0; made < 150; made++)
        {
            await fixture.ScheduleAsync(tenant, author);
        }

        await using var one = JobsHost.Create(fixture.Stack);
        await using var two = JobsHost.Create(fixture.Stack);
        var looks = Enumerable.Range(0, 4).Select(look => (look % 2 == 0 ? one : two).Get<DueSchedules>().RunAsync(None)).ToArray();
        await Task.WhenAll(looks);
        await one.Get<DueSchedules>().RunAsync(None);

        Assert.Equal(150, await fixture.JobsAsync(tenant));
        Assert.Equal(150L, await fixture.Stack.ScalarAsync<long>(
            "select count(distinct last_job_id) from job_schedules where tenant_id = $1 and next_at > now()", tenant.Value));
    }

    [Fact]
    public async Task Working_workers_do_it_by_themselves_and_the_job_runs()
    {
        var tenant = await fixture.TenantAsync();
        var author = await fixture.PersonAsync(tenant);
        await using var one = await JobsHost.Create(fixture.Stack).WorkAsync();
        await using var two = await JobsHost.Create(fixture.Stack).WorkAsync();

        await fixture.ScheduleAsync(tenant, author, due: "1 second", cron: "0 0 1 1 *");

        await Eventually.TrueAsync(
            async () => await fixture.Stack.ScalarAsync<long>("select count(*) from jobs where tenant_id = $1 and status = 'succeeded'", tenant.Value) == 1,
            "the scheduled job runs");
    }

    [Fact]
    public async Task What_was_missed_for_long_runs_once_or_not_at_all_as_wished()
    {
        var tenant = await fixture.TenantAsync();
        var author = await fixture.PersonAsync(tenant);
        var wanted = await fixture.ScheduleAsync(tenant, author, due: "-3 days", cron: "* * * * *");
        var unwanted = await fixture.ScheduleAsync(tenant, author, due: "-3 days", cron: "* * * * *", catchUp: false);
        await using var host = JobsHost.Create(fixture.Stack);

        await host.Get<DueSchedules>().RunAsync(None);
        await host.Get<DueSchedules>().RunAsync(None);

        Assert.Equal(("submitted/t", "missed/t"), (await fixture.StateAsync(wanted), await fixture.StateAsync(unwanted)));
        Assert.Equal(1, await fixture.JobsAsync(tenant));
    }

    [Fact]
    public async Task While_the_run_before_goes_on_the_next_is_skipped_unless_they_may_overlap()
    {
        var tenant = await fixture.TenantAsync();
        var author = await fixture.PersonAsync(tenant);
        var single = await fixture.ScheduleAsync(tenant, author, """{"hold":1}""");
        var overlapping = await fixture.ScheduleAsync(tenant, author, """{"hold":1}""", overlap: true);
        await using var host = JobsHost.Create(fixture.Stack);

        await host.Get<DueSchedules>().RunAsync(None);
        await fixture.Stack.ScalarAsync<int>("update job_schedules set next_at = now() - interval '1 second' where tenant_id = $1", tenant.Value);
        await host.Get<DueSchedules>().RunAsync(None);

        Assert.Equal(("skipped/t", "submitted/t"), (await fixture.StateAsync(single), await fixture.StateAsync(overlapping)));
        Assert.Equal(3, await fixture.JobsAsync(tenant));
    }

    [Fact]
    public async Task What_refuses_throws_or_has_no_author_any_more_shows_why_and_goes_on_next_time()
    {
        var tenant = await fixture.TenantAsync();
        var author = await fixture.PersonAsync(tenant);
        var refusing = await fixture.ScheduleAsync(tenant, author, """{"refuse":1}""");
        var throwing = await fixture.ScheduleAsync(tenant, author, """{"throw":1}""");
        var orphan = await fixture.ScheduleAsync(tenant, await fixture.PersonAsync(await fixture.TenantAsync()));
        var good = await fixture.ScheduleAsync(tenant, author);
        await using var host = JobsHost.Create(fixture.Stack);

        await host.Get<DueSchedules>().RunAsync(None);

        Assert.Equal("refused/test:refused/t", await fixture.StateAsync(refusing));
        Assert.Equal("refused/jobs:unexpected/t", await fixture.StateAsync(throwing));
        Assert.Equal("refused/schedules:author-gone/t", await fixture.StateAsync(orphan));
        Assert.Equal("submitted/t", await fixture.StateAsync(good));
        // The one that threw had submitted a job already: its transaction took that back.
        Assert.Equal(1, await fixture.JobsAsync(tenant));
    }

    [Fact]
    public async Task A_disabled_schedule_is_never_due()
    {
        var tenant = await fixture.TenantAsync();
        var schedule = await fixture.ScheduleAsync(tenant, await fixture.PersonAsync(tenant));
        await fixture.Stack.ScalarAsync<int>("update job_schedules set enabled = false where id = $1", schedule.Value);
        await using var host = JobsHost.Create(fixture.Stack);

        await host.Get<DueSchedules>().RunAsync(None);

        Assert.Equal(0, await fixture.JobsAsync(tenant));
    }
}
