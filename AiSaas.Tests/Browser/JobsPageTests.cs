using AiSaas.Tests.Infrastructure;
using Microsoft.Playwright;

namespace AiSaas.Tests.Browser;

/// <summary>Jobs and schedules as a person sees them.</summary>
public sealed class JobsPageTests(Site site, Chromium chromium) : IClassFixture<Site>
{
    [Fact]
    public async Task Without_scripts_a_dead_letter_is_found_read_tried_again_and_deleted()
    {
        await using var visitor = await chromium.VisitorAsync(site.Address, new() { JavaScriptEnabled = false });
        var page = await visitor.NewPageAsync();
        await MainJobTests.SignUpAsync(page);
        var tenant = await TenantAsync();
        var job = await InsertAsync(tenant, "dead", "retired");
        var kept = await InsertAsync(tenant, "dead", "retired");

        await page.GotoAsync("/jobs");
        await page.GetByRole(AriaRole.Link, new() { Name = "Dead letters 2" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The provider is busy.").First).ToBeVisibleAsync();
        await page.Locator($"a[href='/jobs/{job}']").ClickAsync();
        await Assertions.Expect(page.GetByText("No tries are left")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete for good" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The job is deleted")).ToBeVisibleAsync();
        Assert.False(await ExistsAsync(job));

        await page.GotoAsync("/jobs?status=dead");
        await page.GetByRole(AriaRole.Button, new() { Name = "Try all again" }).ClickAsync();
        await Assertions.Expect(page.GetByText("1 job will be tried again")).ToBeVisibleAsync();
        await Eventually.TrueAsync(async () => await StatusAsync(kept) == "dead", "no worker knows it: it dies again");
        await page.GotoAsync("/jobs?status=dead");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete all" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete for good" }).ClickAsync();
        await Assertions.Expect(page.GetByText("1 job deleted")).ToBeVisibleAsync();
        Assert.False(await ExistsAsync(kept));
    }

    [Fact]
    public async Task A_running_job_is_followed_live_until_it_has_ended()
    {
        await using var visitor = await chromium.VisitorAsync(site.Address);
        var page = await visitor.NewPageAsync();
        await MainJobTests.SignUpAsync(page);
        var job = await InsertAsync(await TenantAsync(), "queued", "retired");

        await page.GotoAsync($"/jobs/{job}");
        await Assertions.Expect(page.GetByText("Waiting", new() { Exact = true })).ToBeVisibleAsync();
        await site.Product.Stack.ScalarAsync<int>(
            "update jobs set status = 'running', worker = gen_random_uuid(), lease_until = now() + interval '1 hour', progress = 0.4, stage = 'adding up' where id = $1", job);
        await Assertions.Expect(page.GetByText("adding up")).ToBeVisibleAsync();
        await site.Product.Stack.ScalarAsync<int>("update jobs set status = 'succeeded', finished_at = now() where id = $1", job);

        await Assertions.Expect(page.GetByText("Done", new() { Exact = true })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Delete" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Without_scripts_a_question_is_scheduled_run_turned_off_and_deleted()
    {
        await using var visitor = await chromium.VisitorAsync(site.Address, new() { JavaScriptEnabled = false });
        var page = await visitor.NewPageAsync();
        await MainJobTests.SignUpAsync(page);
        await page.GotoAsync("/schedules");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Weekly changes");
        await page.GetByLabel("Question", new() { Exact = true }).FillAsync("What has changed?");
        await page.GetByLabel("Time zone").FillAsync("Mars/Olympus");
        await page.GetByRole(AriaRole.Button, new() { Name = "Schedule it" }).ClickAsync();
        await Assertions.Expect(page.GetByText("is no time zone")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Question", new() { Exact = true })).ToHaveValueAsync("What has changed?");

        await page.GetByLabel("Time zone").FillAsync("Europe/Berlin");
        await page.GetByLabel("Or as cron").FillAsync("30 8 * * fri");
        await page.GetByRole(AriaRole.Button, new() { Name = "Schedule it" }).ClickAsync();
        await Assertions.Expect(page.GetByText("“Weekly changes” is scheduled. Next: Fri")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Run now: Weekly changes" }).ClickAsync();
        await Assertions.Expect(page.GetByText("It runs now")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn off: Weekly changes" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Off", new() { Exact = true })).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete Weekly changes" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete for good" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Nothing is scheduled")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData(390, ColorScheme.Dark)]
    [InlineData(1280, ColorScheme.Light)]
    public async Task Full_lists_fit_and_pass_axe(int width, ColorScheme scheme)
    {
        bool phone = width < 500;
        await using var visitor = await chromium.VisitorAsync(
            site.Address, new() { ViewportSize = new() { Width = width, Height = 844 }, ColorScheme = scheme, IsMobile = phone, HasTouch = phone });
        var page = await visitor.NewPageAsync();
        await MainJobTests.SignUpAsync(page);
        var tenant = await TenantAsync();
        var job = Guid.Empty;
        foreach (string status in new[] { "succeeded", "failed", "canceled", "queued", "dead" })
        {
            job = await InsertAsync(tenant, status, status == "dead" ? "batch" : "ingest");
        }

        await page.GotoAsync("/schedules");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("Weekly changes of everything that matters");
        await page.GetByLabel("Question", new() { Exact = true }).FillAsync("What has changed?");
        await page.GetByRole(AriaRole.Button, new() { Name = "Schedule it" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Run now: Weekly changes of everything that matters" }).ClickAsync();

        foreach (string path in new[] { "/jobs", "/jobs?status=dead", $"/jobs/{job}", "/schedules" })
        {
            await MainJobTests.CheckAsync(page, path);
            if (Environment.GetEnvironmentVariable("AISAAS_SCREENSHOTS") is { Length: > 0 } folder)
            {
                string name = $"{path.Trim('/').Split('/', '?')[0]}{(path.Contains('=', StringComparison.Ordinal) ? "-dead" : path.Length > 20 ? "-one" : "")}-{width}-{scheme}.png";
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name), FullPage = true });
            }
        }
    }

    // Each test signs up last.
    private Task<Guid> TenantAsync() => site.Product.Stack.ScalarAsync<Guid>("select id from tenants order by created_at desc limit 1");

    private async Task<Guid> InsertAsync(Guid tenant, string status, string kind)
    {
        var id = Guid.CreateVersion7();
        await site.Product.Stack.ScalarAsync<int>(
            """
            insert into jobs (id, tenant_id, kind, queue, status, payload, max_attempts, attempts, run_at, check_at, error_code, error_detail, started_at, finished_at)
            values ($1, $2, $3, 'maintenance', $4, '{}', 2, case when $4 = 'queued' then 0 else 2 end, now() + case when $4 = 'queued' then interval '1 day' else '0' end, now() + interval '1 day',
                case when $4 in ('dead', 'failed') then 'provider:busy' end, case when $4 in ('dead', 'failed') then 'The provider is busy.' end,
                now() - interval '3 minutes', case when $4 <> 'queued' then now() end)
            """, id, tenant, kind, status);
        await site.Product.Stack.ScalarAsync<int>(
            """
            insert into job_logs (job_id, tenant_id, at, attempt, by_worker, line) values
            ($1, $2, now() - interval '2 minutes', 1, true, 'Attempt 1 of 2 began on worker 3f2a90bc.'),
            ($1, $2, now() - interval '118 seconds', 1, false, 'Sent 40 prompts to openai; 12 of them were answered, the others were refused with 429 and wait.'),
            ($1, $2, now() - interval '1 minute', 2, true, 'The provider is busy [provider:busy] (rate limited). No tries are left.')
            """, id, tenant);
        return id;
    }

    private Task<string?> StatusAsync(Guid job) => site.Product.Stack.ScalarAsync<string>("select status from jobs where id = $1", job);

    private async Task<bool> ExistsAsync(Guid job) => await site.Product.Stack.ScalarAsync<bool>("select exists (select from jobs where id = $1)", job);
}
