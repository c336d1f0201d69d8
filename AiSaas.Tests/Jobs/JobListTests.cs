using System.Net;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Jobs;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary>Many jobs over HTTP: lists, logs, all tried again, purged.</summary>
public sealed class JobListTests(Product product) : IClassFixture<Product>
{
    private int _made;

    [Fact]
    public async Task Jobs_are_listed_newest_first_page_by_page_with_filters_and_counts()
    {
        using var account = await product.RegisterAsync();
        List<Guid> made = [];
        foreach (string status in new[] { "dead", "succeeded", "failed", "succeeded", "dead", "canceled", "queued" })
        {
            made.Add(await InsertAsync(account, status, status == "canceled" ? "batch" : "ingest", runIn: "1 day"));
        }

        made.Reverse();
        var first = await ListAsync(account, "?limit=4");
        var second = await ListAsync(account, $"?limit=4&before={first.Next}");

        Assert.Equal(made, [.. first.Items.Concat(second.Items).Select(job => job.Id)]);
        Assert.Null(second.Next);
        Assert.Equal(new JobCounts(1, 0, 1, 2, 10_000), first.Counts);
        Assert.Null(second.Counts);
        Assert.Equal("queued", first.Items[0].Status);
        Assert.Equal(("ingest", "normal", 5), (first.Items[1].Queue, first.Items[1].Priority, first.Items[1].MaxAttempts));
        Assert.Equal([made[2], made[6]], (await ListAsync(account, "?status=dead")).Items.Select(job => job.Id));
        Assert.Equal([made[0]], (await ListAsync(account, "?status=queued")).Items.Select(job => job.Id));
        Assert.Equal([made[1]], (await ListAsync(account, "?kind=batch")).Items.Select(job => job.Id));
        Assert.Empty((await ListAsync(account, "?queue=evals")).Items);
        using var stranger = await product.RegisterAsync();
        Assert.Empty((await ListAsync(stranger, "")).Items);
    }

    [Fact]
    public async Task A_parent_shows_how_its_children_stand_and_lists_can_leave_them_out()
    {
        using var account = await product.RegisterAsync();
        var parent = await InsertAsync(account, "waiting", "batch");
        var child = await InsertAsync(account, "dead", parent: parent);
        await InsertAsync(account, "succeeded", parent: parent);
        await InsertAsync(account, "queued", parent: parent, runIn: "1 day");

        var info = await account.Http.GetFromJsonAsync($"/api/jobs/{parent}", ContractsJson.Default.JobInfo);

        Assert.Equal(new JobChildren(3, 1, 1, 0, 1, 0), info!.Children);
        Assert.Equal("running", info.Status);
        Assert.Equal(parent, (await account.Http.GetFromJsonAsync($"/api/jobs/{child}", ContractsJson.Default.JobInfo))!.Parent);
        Assert.Equal([parent], (await ListAsync(account, "?status=running&roots=true")).Items.Select(job => job.Id));
        Assert.Equal(3, (await ListAsync(account, $"?parent={parent}")).Items.Count);
        // The parent waits for it.
        Assert.Equal("jobs:needed", await RefusalAsync(account, HttpMethod.Delete, $"/api/jobs/{child}", HttpStatusCode.Conflict));
    }

    [Theory]
    [InlineData("?status=lost", "jobs:bad-status")]
    [InlineData("?status=waiting", "jobs:bad-status")]
    [InlineData("?before=yesterday", "jobs:bad-cursor")]
    public async Task What_a_list_cannot_read_is_refused(string query, string code)
    {
        using var account = await product.RegisterAsync();

        Assert.Equal(code, await RefusalAsync(account, HttpMethod.Get, "/api/jobs" + query, HttpStatusCode.BadRequest));
    }

    [Fact]
    public async Task A_document_is_followed_by_its_jobs_log_and_does_without_the_job()
    {
        using var account = await product.RegisterAsync();
        var uploaded = await account.UploadAsync(await account.CreateCollectionAsync(), "notes.md", "# Refunds\n\nA refund takes five days.");
        await account.SettledAsync(uploaded.Id);
        var job = uploaded.JobId!.Value;

        var log = await Eventually.GetAsync(
            async () => await account.Http.GetFromJsonAsync($"/api/jobs/{job}/logs", ContractsJson.Default.JobLog) is { Items.Count: >= 4 } written ? written : null,
            "the log is written");
        Assert.Contains(log.Items, line => line is { Source: "handler", Line: "Read 1 pages of text/markdown." });
        Assert.Equal((uploaded.Id, "notes.md"), await account.Http.GetFromJsonAsync($"/api/jobs/{job}", ContractsJson.Default.JobInfo) is { } info ? (info.Document, info.Subject) : default);
        Assert.Equal("notes.md", (await ListAsync(account, "")).Items.Single().Subject);

        using var deleted = await account.Http.DeleteAsync($"/api/jobs/{job}");
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Equal("jobs:not-found", await RefusalAsync(account, HttpMethod.Get, $"/api/jobs/{job}/logs", HttpStatusCode.NotFound));
        Assert.Equal("ready", (await account.SettledAsync(uploaded.Id)).Status);
        using var gone = await account.Http.DeleteAsync($"/api/documents/{uploaded.Id}");
        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
    }

    [Fact]
    public async Task A_job_at_work_is_not_deleted()
    {
        using var account = await product.RegisterAsync();
        var waiting = await InsertAsync(account, "queued", runIn: "1 day");

        Assert.Equal("jobs:active", await RefusalAsync(account, HttpMethod.Delete, $"/api/jobs/{waiting}", HttpStatusCode.Conflict));
    }

    [Fact]
    public async Task All_dead_jobs_are_tried_again_or_purged_in_pages_and_others_stay()
    {
        using var account = await product.RegisterAsync();
        await product.Stack.ScalarAsync<int>(
            """
            insert into jobs (id, tenant_id, kind, queue, status, payload, max_attempts, finished_at)
            select gen_random_uuid(), $1, 'retired', 'maintenance', 'dead', '{}', 1, now() from generate_series(1, 620)
            """, account.TenantId);
        var failed = await InsertAsync(account, "failed", "retired");
        var other = await InsertAsync(account, "dead", "ingest");

        var retried = await RetryAsync(account, new("dead", "retired"));
        Assert.Equal((500, 0), (retried.Retried, retried.Refused));
        var rest = await RetryAsync(account, new("dead", "retired", retried.Next));
        Assert.Equal((120, 0, null), (rest.Retried, rest.Refused, rest.Next));
        // No worker knows that kind: with one try each, they die again.
        await Eventually.TrueAsync(
            async () => (await ListAsync(account, "?limit=1")).Counts!.Dead == 621, "the retried jobs die again", TimeSpan.FromSeconds(60));

        var purged = await PurgeAsync(account, "?status=dead&kind=retired");
        Assert.Equal((500, 0, true), (purged.Deleted, purged.Kept, purged.More));
        purged = await PurgeAsync(account, $"?status=dead&kind=retired&before={purged.Next}");
        Assert.Equal((120, 0, false), (purged.Deleted, purged.Kept, purged.More));
        Assert.Equal([other, failed], (await ListAsync(account, "")).Items.Select(job => job.Id));
    }

    [Theory]
    [InlineData("POST", "/api/jobs/retry")]
    [InlineData("DELETE", "/api/jobs?status=dead")]
    public async Task Many_jobs_at_once_are_for_admins(string method, string path)
    {
        using var account = await product.RegisterAsync();
        await product.Stack.ScalarAsync<int>("update memberships set role = 'member' where user_id = $1 returning 1", account.UserId);

        Assert.Equal("jobs:admins-only", await RefusalAsync(
            account, new HttpMethod(method), path, HttpStatusCode.Forbidden, method == "POST" ? JsonContent.Create(new RetryJobsRequest("dead")) : null));
    }

    [Fact]
    public async Task Only_settled_jobs_are_purged_and_only_failures_are_tried_again_at_once()
    {
        using var account = await product.RegisterAsync();

        Assert.Equal("jobs:bad-status", await RefusalAsync(account, HttpMethod.Delete, "/api/jobs", HttpStatusCode.BadRequest));
        Assert.Equal("jobs:bad-status", await RefusalAsync(account, HttpMethod.Delete, "/api/jobs?status=running", HttpStatusCode.BadRequest));
        Assert.Equal("jobs:bad-status", await RefusalAsync(
            account, HttpMethod.Post, "/api/jobs/retry", HttpStatusCode.BadRequest, JsonContent.Create(new RetryJobsRequest("succeeded"))));
    }

    private async Task<Guid> InsertAsync(Account account, string status, string kind = "ingest", Guid? parent = null, string runIn = "0")
    {
        // Within a millisecond, ids come in no order.
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddMilliseconds(5 * ++_made));
        await product.Stack.ScalarAsync<int>(
            """
            insert into jobs (id, tenant_id, kind, queue, status, payload, max_attempts, parent_id, run_at, check_at, finished_at)
            values ($1, $2, $3, 'ingest', $4, '{}', 5, $5, now() + $6::interval, now() + interval '1 day',
                case when $4 in ('queued', 'waiting') then null else now() end)
            """, id, account.TenantId, kind, status, parent ?? (object)DBNull.Value, runIn);
        return id;
    }

    private static async Task<JobList> ListAsync(Account account, string query) =>
        (await account.Http.GetFromJsonAsync("/api/jobs" + query, ContractsJson.Default.JobList))!;

    private static async Task<RetriedJobs> RetryAsync(Account account, RetryJobsRequest request)
    {
        using var response = await account.Http.PostAsJsonAsync("/api/jobs/retry", request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.RetriedJobs))!;
    }

    private static async Task<PurgedJobs> PurgeAsync(Account account, string query)
    {
        using var response = await account.Http.DeleteAsync("/api/jobs" + query);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.PurgedJobs))!;
    }

    private static async Task<string> RefusalAsync(
        Account account, HttpMethod method, string path, HttpStatusCode status, HttpContent? body = null)
    {
        using HttpRequestMessage request = new(method, path) { Content = body };
        using var response = await account.Http.SendAsync(request);
        Assert.Equal(status, response.StatusCode);
        return (await Account.ProblemAsync(response)).Code!;
    }
}
