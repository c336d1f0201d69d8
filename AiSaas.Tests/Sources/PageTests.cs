using System.Net;
using System.Net.Http.Json;
using System.Text;
using AiSaas.Contracts.Sources;
using AiSaas.Tests.Documents;
using AiSaas.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;

namespace AiSaas.Tests.Sources;

/// <summary>Single pages: what they may be, and what may go wrong.</summary>
public sealed class PageTests(SourcesHost host) : IClassFixture<SourcesHost>
{
    [Fact]
    public async Task A_page_is_a_document_at_once_and_says_where_it_came_from()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        string url = site.On("/docs/pumps", Site.Page("Pumps"));

        var added = await account.AddUrlAsync(collection, url + "?utm_source=mail#top");
        var document = Assert.Single(added.Documents);

        Assert.Equal(("queued", "pumps", added.JobId), (document.Status, document.Name, document.JobId));
        var ready = await account.SettledAsync(document.Id);
        Assert.Equal(("ready", "pumps.html", "text/html", "Pumps"), (ready.Status, ready.Name, ready.ContentType, ready.Title));
        Assert.Equal((url, (Guid?)added.SourceId, "fetched"), (ready.Origin!.Url, ready.Origin.SourceId, ready.Origin.State));
        Assert.Contains("about Pumps", await account.TextAsync(document.Id), StringComparison.Ordinal);
        Assert.Equal(["/docs/pumps"], site.Paths);
    }

    [Fact]
    public async Task The_servers_character_set_counts_more_than_the_pages_own()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] cyrillic = CodePagesEncodingProvider.Instance.GetEncoding("windows-1251")!.GetBytes(
            "<html><head><meta charset=\"iso-8859-1\"><title>Насос</title></head><body><p>Насос чистят раз в неделю.</p></body></html>");

        var html = await account.AddUrlAsync(collection, site.On("/насос", cyrillic, "text/html; charset=windows-1251"));
        var text = await account.AddUrlAsync(collection, site.On("/text", CodePagesEncodingProvider.Instance.GetEncoding("koi8-r")!.GetBytes("Насос стоит."), "text/plain; charset=KOI8-R"));

        Assert.Equal("Насос", (await account.SettledAsync(html.Documents[0].Id)).Title);
        Assert.Contains("чистят раз в неделю", await account.TextAsync(html.Documents[0].Id), StringComparison.Ordinal);
        await account.SettledAsync(text.Documents[0].Id);
        Assert.Equal("Насос стоит.", await account.TextAsync(text.Documents[0].Id));
    }

    [Fact]
    public async Task A_PDF_is_read_whatever_its_server_calls_it_and_a_picture_is_refused_without_being_fetched()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] pdf = new MiniPdf().Page((72, 700, 12, "The boiler is emptied in autumn.")).Build();
        site.On("/photo", http =>
        {
            http.Response.ContentType = "image/png";
            return http.Response.Body.WriteAsync(new byte[] { 0x89, 0x50, 0x4E, 0x47 }, http.RequestAborted).AsTask();
        });

        var manual = await account.AddUrlAsync(collection, site.On("/download?id=7", pdf, "text/html"));
        var photo = await account.AddUrlAsync(collection, site.Address + "/photo");

        var ready = await account.SettledAsync(manual.Documents[0].Id);
        Assert.Equal(("ready", "application/pdf", "download.pdf"), (ready.Status, ready.ContentType, ready.Name));
        Assert.Contains("emptied in autumn", await account.TextAsync(ready.Id), StringComparison.Ordinal);
        var refused = await account.SettledAsync(photo.Documents[0].Id);
        Assert.Equal(("failed", "documents:unsupported"), (refused.Status, refused.Error!.Code));
        Assert.Contains("image/png", refused.Error.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not an address", null, null, null, "sources:bad-url")]
    [InlineData("ftp://example.com/x", null, null, null, "sources:bad-url")]
    [InlineData("http://user:secret@example.com/", null, null, null, "sources:bad-url")]
    [InlineData("http://127.0.0.1/x", null, null, null, "sources:forbidden-address")]
    [InlineData("http://[::1]:8080/x", null, null, null, "sources:forbidden-address")]
    [InlineData("http://169.254.169.254/latest/meta-data/", null, null, null, "sources:forbidden-address")]
    [InlineData("http://localhost:5081/", null, null, null, "sources:forbidden-address")]
    [InlineData("http://0x7f.1/", null, null, null, "sources:forbidden-address")]
    [InlineData("https://example.com/", 99, null, null, "sources:too-deep")]
    [InlineData("https://example.com/", -1, null, null, "sources:too-deep")]
    [InlineData("https://example.com/", 2, 1_000_000, null, "sources:too-many-pages")]
    [InlineData("https://example.com/", 0, 0, null, "sources:too-many-pages")]
    [InlineData("https://example.com/", 0, 1, "every day", "schedules:bad-cron")]
    public async Task What_can_be_refused_at_once_is(string url, int? depth, int? pages, string? refetch, string code)
    {
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();

        using var response = await account.Http.PostAsJsonAsync($"/api/collections/{collection}/documents/url", new AddSourceRequest(url, depth, pages, refetch));

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(code, (await Account.ProblemAsync(response)).Code);
        Assert.Equal(0, await host.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task No_way_leads_inside_not_a_name_not_a_redirect_not_a_name_that_changes_its_mind()
    {
        await using var site = await Site.StartAsync();
        await using var inside = await Site.StartAsync("127.0.0.1");
        inside.On("/secret", "<p>the secret</p>");
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        host.Names.Answers["inside.example"] = ["127.0.0.1"];
        host.Names.Answers["cloud.example"] = ["169.254.169.254"];
        host.Names.Answers["rebind.example"] = ["127.0.0.2", "127.0.0.1"];
        // Each request needs a connection of its own, and each connection asks for the name again.
        site.On("/start", Site.Page("Start", $"http://rebind.example:{inside.Port}/secret", "/next"), "text/html", ("Connection", "close"));

        string[] urls =
        [
            $"http://inside.example:{inside.Port}/secret", "http://cloud.example/latest/meta-data/",
            site.On("/to-loopback", 302, ("Location", $"http://127.0.0.1:{inside.Port}/secret")), site.On("/to-name", 307, ("Location", $"http://inside.example:{inside.Port}/secret")),
            site.On("/to-metadata", 301, ("Location", "http://169.254.169.254/")), site.On("/to-file", 302, ("Location", "file:///etc/passwd")),
        ];
        foreach (string url in urls)
        {
            var added = await account.AddUrlAsync(collection, url);
            var failed = await account.SettledAsync(added.Documents[0].Id);
            Assert.True(failed is { Status: "failed", Error: not null }, $"{url}: {failed.Status}");
            Assert.Contains(failed.Error.Code, (string[])["sources:forbidden-address", "sources:unreachable"]);
            Assert.Equal("failed", (await account.WalkedAsync(added.SourceId, host.Stack)).Status);
        }

        var rebinding = await account.AddUrlAsync(collection, $"http://rebind.example:{site.Port}/start");
        Assert.Equal("ready", (await account.SettledAsync(rebinding.Documents[0].Id)).Status);
        var again = await account.RefetchAsync(rebinding.SourceId, host.Stack);

        var page = Assert.Single(await account.PagesAsync(rebinding.SourceId));
        Assert.Equal(("failed", "sources:forbidden-address"), (page.State, page.Error!.Code));
        Assert.Equal("ready", (await account.SettledAsync(rebinding.Documents[0].Id)).Status);
        Assert.Equal(again.DocumentId, rebinding.Documents[0].Id);
        Assert.Empty(inside.Visits);
    }

    [Fact]
    public async Task What_is_too_large_too_slow_broken_off_or_not_there_says_so()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.On("/endless", async http =>
        {
            http.Response.ContentType = "text/plain";
            byte[] block = Encoding.ASCII.GetBytes(new string('a', 8000));
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(block, http.RequestAborted);
            }
        });
        site.On("/slow", async http =>
        {
            await http.Response.WriteAsync("a", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, http.RequestAborted);
        });
        site.On("/broken", async http =>
        {
            http.Response.ContentLength = 1000;
            await http.Response.WriteAsync("only this", http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, http.RequestAborted);
            http.Abort();
        });
        site.On("/private", 403);
        site.On("/empty", "");

        Dictionary<string, (string Code, int Asked)> expected = new()
        {
            ["/endless"] = ("documents:too-large", 1),
            ["/slow"] = ("sources:timeout", 3),
            ["/broken"] = ("sources:broken-off", 3),
            ["/nowhere"] = ("sources:gone", 1),
            ["/private"] = ("sources:not-public", 1),
            ["/empty"] = ("documents:empty", 1),
        };
        var added = await Task.WhenAll(expected.Keys.Select(async path => (path, await account.AddUrlAsync(collection, site.Address + path))));
        foreach (var (path, source) in added)
        {
            var failed = await account.SettledAsync(source.Documents[0].Id);
            Assert.Equal((path, "failed", expected[path].Code), (path, failed.Status, failed.Error?.Code));
            Assert.Equal((path, expected[path].Asked), (path, site.Count(path)));
        }

        Assert.Equal(0, await host.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_server_that_is_busy_is_asked_again_when_it_says_so_and_a_retry_fetches_what_failed()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        int asked = 0;
        site.On("/busy", http =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                http.Response.StatusCode = 503;
                http.Response.Headers.RetryAfter = "1";
                return Task.CompletedTask;
            }

            return http.Response.WriteAsync("Not busy any more.", http.RequestAborted);
        });

        var busy = await account.AddUrlAsync(collection, site.Address + "/busy");
        Assert.Equal("ready", (await account.SettledAsync(busy.Documents[0].Id)).Status);
        var visits = site.Visits.ToArray();
        Assert.Equal(2, visits.Length);
        Assert.True(visits[1].At - visits[0].At >= TimeSpan.FromMilliseconds(950), $"{visits[1].At - visits[0].At}");

        var missing = await account.AddUrlAsync(collection, site.Address + "/later");
        Assert.Equal("failed", (await account.SettledAsync(missing.Documents[0].Id)).Status);
        await account.WalkedAsync(missing.SourceId, host.Stack);
        site.On("/later", "<p>Here it is.</p>");
        using var retry = await account.Http.PostAsync($"/api/documents/{missing.Documents[0].Id}/retry", null);
        Assert.Equal(HttpStatusCode.Accepted, retry.StatusCode);
        Assert.Equal("ready", (await account.SettledAsync(missing.Documents[0].Id)).Status);
    }
}
