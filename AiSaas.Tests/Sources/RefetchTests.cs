using System.Net;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Sources;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Sources;

/// <summary>Fetching again: what changes, what doesn't, and what is left when a source ends.</summary>
public sealed class RefetchTests(SourcesHost host) : IClassFixture<SourcesHost>
{
    [Fact]
    public async Task What_has_not_changed_is_neither_sent_nor_read_again()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.OnTagged("/", "\"v1\"", Site.Page("Home", "/plain"));
        site.On("/plain", Site.Page("Plain"));
        var added = await account.AddUrlAsync(collection, site.Address, depth: 1);
        await account.WalkedAsync(added.SourceId, host.Stack);
        string before = await VersionsAsync(account);

        var again = await account.RefetchAsync(added.SourceId, host.Stack);

        Assert.Equal("\"v1\"", site.Visits.Last(visit => visit.Path == "/").Headers["If-None-Match"]);
        Assert.Equal((2, 2), (site.Count("/"), site.Count("/plain")));
        Assert.Equal((2, "ready"), (again.Pages.Fetched, again.Status));
        Assert.Equal(before, await VersionsAsync(account));
        Assert.Equal(2, await host.Stack.ScalarAsync<long>("select count(*) from jobs where tenant_id = $1 and kind = 'ingest'", account.TenantId));
        Assert.Equal(2, await host.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task What_has_changed_replaces_the_documents_content_and_new_links_are_followed()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.OnTagged("/", "\"v1\"", Site.Page("Old news"));
        var added = await account.AddUrlAsync(collection, site.Address, depth: 1);
        await account.WalkedAsync(added.SourceId, host.Stack);
        var document = added.Documents[0].Id;
        site.OnTagged("/", "\"v2\"", Site.Page("New news", "/more"));
        site.On("/more", Site.Page("More"));

        var again = await account.RefetchAsync(added.SourceId, host.Stack);

        Assert.Equal((2, document), (again.Pages.Fetched, again.DocumentId));
        Assert.Contains("about New news", await account.TextAsync(document), StringComparison.Ordinal);
        Assert.Equal("New news", (await account.SettledAsync(document)).Title);
        Assert.Contains("New news", await account.Http.GetStringAsync($"/api/documents/{document}/file"), StringComparison.Ordinal);
        Assert.Equal((1, 0), (await CountAsync("select count(*) from files where document_id = $1", document), await CountAsync("select count(*) from files where document_id = $1 and superseded is not null", document)));
        Assert.Equal(1, await CountAsync("select count(distinct version) from chunks where document_id = $1", document));
    }

    [Fact]
    public async Task A_page_that_is_gone_or_unreadable_now_keeps_its_last_good_version()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        foreach (string path in (string[])["/gone", "/binary", "/textless"])
        {
            site.On(path, Site.Page("Good"));
        }

        List<SourceAccepted> all = [];
        foreach (string path in (string[])["/gone", "/binary", "/textless"])
        {
            all.Add(await account.AddUrlAsync(collection, site.Address + path));
            await account.WalkedAsync(all[^1].SourceId, host.Stack);
        }

        site.On("/gone", 410);
        site.On("/binary", [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0], "application/octet-stream");
        site.On("/textless", "<html><body><script>nothing()</script></body></html>");
        foreach (var added in all)
        {
            await account.RefetchAsync(added.SourceId, host.Stack);
            var document = await account.SettledAsync(added.Documents[0].Id);
            Assert.Equal(("ready", "ready"), (document.Status, document.Stage));
            Assert.Contains("about Good", await account.TextAsync(document.Id), StringComparison.Ordinal);
            Assert.Contains("Good", await account.Http.GetStringAsync($"/api/documents/{document.Id}/file"), StringComparison.Ordinal);
        }

        Assert.Equal(("gone", "sources:gone"), (await account.SettledAsync(all[0].Documents[0].Id)).Origin is var gone ? (gone!.State, gone.Error!.Code) : default);
        Assert.Equal(("failed", "documents:unsupported"), (await account.SettledAsync(all[1].Documents[0].Id)).Origin is var binary ? (binary!.State, binary.Error!.Code) : default);
        Assert.Contains("newer content could not be read", (await account.SettledAsync(all[2].Documents[0].Id)).Notice, StringComparison.Ordinal);
        Assert.Equal(3, await host.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));

        site.On("/gone", Site.Page("Back again"));
        await account.RefetchAsync(all[0].SourceId, host.Stack);
        Assert.Equal("fetched", (await account.SettledAsync(all[0].Documents[0].Id)).Origin!.State);
        Assert.Contains("about Back again", await account.TextAsync(all[0].Documents[0].Id), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_two_people_add_at_once_is_one_source()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        string url = site.On("/page", Site.Page("Page"));

        var added = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => account.AddUrlAsync(collection, url)));
        await account.WalkedAsync(added[0].SourceId, host.Stack);

        Assert.Single(added.Select(one => (one.SourceId, one.Documents[0].Id)).Distinct());
        Assert.Equal(1, await host.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1", account.TenantId));
        var listed = await account.Http.GetFromJsonAsync($"/api/collections/{collection}/sources", ContractsJson.Default.PageSourceInfo);
        Assert.Equal(added[0].SourceId, Assert.Single(listed!.Items).Id);
    }

    [Fact]
    public async Task A_document_that_somebody_deleted_is_not_fetched_again()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.On("/", Site.Page("Home", "/unwanted"));
        site.On("/unwanted", Site.Page("Unwanted"));
        var added = await account.AddUrlAsync(collection, site.Address, depth: 1);
        await account.WalkedAsync(added.SourceId, host.Stack);
        var unwanted = (await account.PagesAsync(added.SourceId)).Single(page => page.Depth == 1).DocumentId;

        using var deleted = await account.Http.DeleteAsync($"/api/documents/{unwanted}");
        site.On("/unwanted", Site.Page("Unwanted still"));
        await account.RefetchAsync(added.SourceId, host.Stack);

        Assert.Equal((2, 1), (site.Count("/"), site.Count("/unwanted")));
        Assert.Equal(1, await host.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_source_ends_with_its_documents_or_without_them_and_always_with_its_schedule()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.On("/", Site.Page("Home", "/a"));
        site.On("/a", Site.Page("A"));
        var kept = await account.AddUrlAsync(collection, site.On("/kept", Site.Page("Kept")), refetch: "@daily");
        var gone = await account.AddUrlAsync(collection, site.Address, depth: 1, refetch: "0 3 * * *", timezone: "Europe/Berlin");
        await account.WalkedAsync(kept.SourceId, host.Stack);
        await account.WalkedAsync(gone.SourceId, host.Stack);
        var schedules = (await account.Http.GetFromJsonAsync("/api/schedules", ContractsJson.Default.PageScheduleInfo))!.Items;
        Assert.Equal(["source", "source"], schedules.Select(schedule => schedule.Kind));

        var first = await account.Http.DeleteFromJsonAsync($"/api/sources/{kept.SourceId}", ContractsJson.Default.SourceDeleted);
        var second = await account.Http.DeleteFromJsonAsync($"/api/sources/{gone.SourceId}?documents=delete", ContractsJson.Default.SourceDeleted);

        Assert.Equal(("kept", null), (first!.Documents, first.Receipt));
        Assert.Equal(("deleted", 2, 2), (second!.Documents, second.Receipt!.Documents, second.Receipt.Files));
        var left = await account.SettledAsync(kept.Documents[0].Id);
        Assert.Equal(("ready", site.Address + "/kept", null), (left.Status, left.Origin!.Url, left.Origin.SourceId));
        Assert.Empty((await account.Http.GetFromJsonAsync("/api/schedules", ContractsJson.Default.PageScheduleInfo))!.Items);
        Assert.Equal(0, await host.Stack.ScalarAsync<long>(
            "select (select count(*) from sources where tenant_id = $1) + (select count(*) from source_pages where tenant_id = $1)", account.TenantId));
    }

    [Fact]
    public async Task A_source_is_fetched_again_when_its_schedule_says_so()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var added = await account.AddUrlAsync(collection, site.On("/news", Site.Page("Monday")), refetch: "0 6 * * mon");
        await account.WalkedAsync(added.SourceId, host.Stack);
        var source = await account.SourceAsync(added.SourceId);
        Assert.Equal(("0 6 * * mon", "UTC", DayOfWeek.Monday, 6), (source.Refetch, source.Timezone, source.NextFetchAt!.Value.DayOfWeek, source.NextFetchAt.Value.Hour));
        site.On("/news", Site.Page("Tuesday"));

        await using (var due = host.Stack.Owner.CreateCommand("update job_schedules set next_at = now() - interval '1 second' where tenant_id = $1"))
        {
            due.Parameters.AddWithValue(account.TenantId);
            await due.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await Eventually.TrueAsync(async () => site.Count("/news") == 2 && (await account.SourceAsync(added.SourceId)).Status == "ready", "the schedule fetches");
        await account.WalkedAsync(added.SourceId, host.Stack);
        Assert.Contains("about Tuesday", await account.TextAsync(added.Documents[0].Id), StringComparison.Ordinal);

        using var off = await account.Http.PatchAsJsonAsync($"/api/sources/{added.SourceId}", new UpdateSourceRequest(Depth: 1, MaxPages: 7, Refetch: ""));
        var changed = await off.Content.ReadFromJsonAsync(ContractsJson.Default.SourceInfo);
        Assert.Equal((HttpStatusCode.OK, 1, 7, null, null), (off.StatusCode, changed!.Depth, changed.MaxPages, changed.Refetch, changed.ScheduleId));
        using var bad = await account.Http.PatchAsJsonAsync($"/api/sources/{added.SourceId}", new UpdateSourceRequest(Refetch: "never"));
        Assert.Equal("schedules:bad-cron", (await Account.ProblemAsync(bad)).Code);
    }

    private async Task<string> VersionsAsync(Account account) => (await host.Stack.ScalarAsync<string>(
        "select string_agg(concat(id, version, ready_at), ',' order by id) from documents where tenant_id = $1", account.TenantId))!;

    private Task<long> CountAsync(string sql, Guid document) => host.Stack.ScalarAsync<long>(sql, document);
}
