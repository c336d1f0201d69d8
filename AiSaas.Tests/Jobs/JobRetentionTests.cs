using AiSaas.Core.Jobs;
using AiSaas.Core.Tenancy;
using AiSaas.Ingestion.Worker;

namespace AiSaas.Tests.Jobs;

/// <summary>How long jobs are kept.</summary>
public sealed class JobRetentionTests(JobsFixture fixture) : IClassFixture<JobsFixture>
{
    [Fact]
    public async Task Settled_jobs_go_after_their_time_dead_ones_later_and_what_is_at_work_never()
    {
        var tenant = await fixture.TenantAsync();
        var recent = await AgedAsync(tenant, "succeeded", days: 29);
        var old = await AgedAsync(tenant, "succeeded", days: 31);
        var failed = await AgedAsync(tenant, "failed", days: 31);
        var canceled = await AgedAsync(tenant, "canceled", days: 31);
        var dead = await AgedAsync(tenant, "dead", days: 31);
        var longDead = await AgedAsync(tenant, "dead", days: 91);
        var batch = await AgedAsync(tenant, "succeeded", days: 60, kind: "batch");
        var queued = await AgedAsync(tenant, "queued", days: 400);
        var parent = await AgedAsync(tenant, "waiting", days: 40);
        var child = await AgedAsync(tenant, "succeeded", days: 40, parent);
        var ended = await AgedAsync(tenant, "succeeded", days: 40);
        var its = await AgedAsync(tenant, "succeeded", days: 40, ended);
        await fixture.Stack.ScalarAsync<int>(
            "insert into job_logs (job_id, tenant_id, at, attempt, by_worker, line) select id, tenant_id, now(), 1, true, 'said' from jobs where tenant_id = $1", tenant.Value);
        await using var host = JobsHost.Create(fixture.Stack);

        Assert.Equal(6, await host.Get<JobRetention>().DeleteAsync(CancellationToken.None));

        Guid[] kept = [recent, dead, batch, queued, parent, child];
        Assert.Equal(kept.Order(), await IdsAsync("select array_agg(id) from jobs where tenant_id = $1", tenant));
        Assert.Equal(kept.Order(), await IdsAsync("select array_agg(job_id) from job_logs where tenant_id = $1", tenant));
        Assert.DoesNotContain(its, kept);
        Assert.DoesNotContain(old, kept);
        Assert.DoesNotContain(failed, kept);
        Assert.DoesNotContain(canceled, kept);
        Assert.DoesNotContain(longDead, kept);
    }

    [Fact]
    public async Task A_long_past_is_deleted_page_by_page()
    {
        var tenant = await fixture.TenantAsync();
        var first = Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddDays(-60)).ToString()[..13];
        await fixture.Stack.ScalarAsync<int>(
            """
            insert into jobs (id, tenant_id, kind, queue, status, payload, max_attempts, finished_at)
            select ($2 || substr(gen_random_uuid()::text, 14))::uuid, $1, 'ingest', 'ingest', 'succeeded', '{}', 5, now() - interval '60 days'
            from generate_series(1, 2500)
            """, tenant.Value, first);
        await using var host = JobsHost.Create(fixture.Stack);

        await host.Get<JobRetention>().DeleteAsync(CancellationToken.None);

        Assert.Equal(0L, await fixture.Stack.ScalarAsync<long>("select count(*) from jobs where tenant_id = $1", tenant.Value));
    }

    [Fact]
    public void Keeping_the_dead_shorter_than_the_rest_is_refused_at_the_start()
    {
        JobRetentionOptions options = new() { Settled = TimeSpan.FromDays(10), Dead = TimeSpan.FromDays(5), Interval = TimeSpan.Zero };

        Assert.Equal(2, options.Validate(new(options)).Count());
    }

    private async Task<Guid> AgedAsync(TenantId tenant, string status, int days, Guid? parent = null, string kind = "ingest")
    {
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddDays(-days));
        await fixture.Stack.ScalarAsync<int>(
            """
            insert into jobs (id, tenant_id, kind, queue, status, payload, max_attempts, parent_id, check_at, finished_at)
            values ($1, $2, $6, 'ingest', $3, '{}', 5, $4, now() + interval '1 day',
                case when $3 in ('queued', 'waiting') then null else now() - make_interval(days => $5) end)
            """, id, tenant.Value, status, parent ?? (object)DBNull.Value, days, kind);
        return id;
    }

    private async Task<IEnumerable<Guid>> IdsAsync(string sql, TenantId tenant) =>
        ((await fixture.Stack.ScalarAsync<Guid[]>(sql, tenant.Value)) ?? []).Order();
}
