using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace AiSaas.Tests.Sources;

/// <summary>Sites: what is followed, what is not, and where it ends.</summary>
public sealed class CrawlTests(SourcesHost host) : IClassFixture<SourcesHost>
{
    [Fact]
    public async Task A_site_is_walked_breadth_first_within_its_depth_each_page_once()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.On("/", Site.Page("Home", "/a", "/b", "/a#part", "/a?utm_campaign=x", "/x/../b", "https://elsewhere.example/", "mailto:a@example.com", "/logo.png", "javascript:void(0)"));
        site.On("/a", Site.Page("A", "/", "/deep"));
        site.On("/b", Site.Page("B", "/deep", "relative"));
        site.On("/deep", Site.Page("Deep", "/deeper"));
        site.On("/relative", Site.Page("Relative"));
        site.On("/deeper", Site.Page("Deeper"));

        var added = await account.AddUrlAsync(collection, site.Address, depth: 2);
        var source = await account.WalkedAsync(added.SourceId, host.Stack);

        Assert.Equal(["/robots.txt", "/", "/a", "/b", "/deep", "/relative"], site.Paths);
        Assert.Equal(("ready", 5, 5, 0, false), (source.Status, source.Pages.Found, source.Pages.Fetched, source.Pages.Waiting, source.Limited));
        Assert.Equal([0, 1, 1, 2, 2], (await account.PagesAsync(added.SourceId)).Select(page => page.Depth));
        Assert.Equal(5, await host.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1 and status = 'ready'", account.TenantId));
    }

    [Fact]
    public async Task A_site_that_links_for_ever_ends_at_its_limit_and_says_so()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.Otherwise(http =>
        {
            int number = int.TryParse(http.Request.Path.Value!.TrimStart('/'), CultureInfo.InvariantCulture, out int asked) ? asked : 0;
            http.Response.ContentType = "text/html";
            return http.Response.WriteAsync(Site.Page($"Number {number}", [.. Enumerable.Range(1, 50).Select(step => $"/{(number * 50) + step}")]));
        });

        var added = await account.AddUrlAsync(collection, site.Address + "/0", depth: 5, maxPages: 12);
        var source = await account.WalkedAsync(added.SourceId, host.Stack);

        Assert.Equal(("ready", 12, true), (source.Status, source.Pages.Fetched, source.Limited));
        Assert.Equal(13, site.Visits.Count);
    }

    [Fact]
    public async Task Robots_are_obeyed_and_links_that_are_not_to_be_followed_are_not()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.On("/robots.txt", "User-agent: other\nDisallow: /\n\nUser-agent: *\nDisallow: /secret\nAllow: /secret/open\nCrawl-delay: 0.15\n", "text/plain");
        site.On("/", Site.Page("Home", "/secret", "/secret/open", "/meta", "/header").Replace("</main>", "<a rel=\"nofollow\" href=\"/paid\">ad</a></main>", StringComparison.Ordinal));
        site.On("/secret/open", Site.Page("Open"));
        site.On("/meta", Site.Page("Meta", "/hidden").Replace("<head>", "<head><meta name=\"Robots\" content=\"noarchive, NOFOLLOW\">", StringComparison.Ordinal));
        site.On("/header", Site.Page("Header", "/hidden2"), "text/html", ("X-Robots-Tag", "nofollow"));

        var added = await account.AddUrlAsync(collection, site.Address, depth: 3);
        var source = await account.WalkedAsync(added.SourceId, host.Stack);

        Assert.Equal(["/robots.txt", "/", "/secret/open", "/meta", "/header"], site.Paths);
        Assert.Equal((4, 1), (source.Pages.Fetched, source.Pages.Skipped));
        Assert.Equal("sources:robots", (await account.PagesAsync(added.SourceId)).Single(page => page.State == "skipped").Error!.Code);
        // The delay that the site asks for lies between an answer and the next request, however slow either is.
        var visits = site.Visits.ToArray();
        Assert.All(Enumerable.Range(2, 3), i => Assert.True(visits[i].At - visits[i - 1].At >= TimeSpan.FromMilliseconds(120), $"{i}: {visits[i].At - visits[i - 1].At}"));
    }

    [Fact]
    public async Task A_crawl_that_robots_forbid_is_not_begun_and_one_page_that_a_person_names_is()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.On("/robots.txt", "User-agent: aisaas\nDisallow: /\n", "text/plain");
        site.On("/page", Site.Page("Page", "/other"));
        site.On("/named", Site.Page("Named"));

        var crawl = await account.AddUrlAsync(collection, site.Address + "/page", depth: 1);
        var page = await account.AddUrlAsync(collection, site.Address + "/named");

        Assert.Equal("sources:robots", (await account.SettledAsync(crawl.Documents[0].Id)).Error!.Code);
        Assert.Equal(("failed", "sources:robots"), await account.WalkedAsync(crawl.SourceId, host.Stack) is var failed ? (failed.Status, failed.Error!.Code) : default);
        Assert.Equal("ready", (await account.SettledAsync(page.Documents[0].Id)).Status);
        Assert.Equal(["/named", "/robots.txt"], site.Paths.Order());
    }

    [Fact]
    public async Task While_nobody_can_say_what_robots_allow_nothing_is_fetched()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        int asked = 0;
        site.On("/robots.txt", http =>
        {
            http.Response.StatusCode = Interlocked.Increment(ref asked) < 3 ? 500 : 404;
            return Task.CompletedTask;
        });
        site.On("/", Site.Page("Home"));

        var added = await account.AddUrlAsync(collection, site.Address, depth: 1);
        await account.WalkedAsync(added.SourceId, host.Stack);

        Assert.Equal(["/robots.txt", "/robots.txt", "/robots.txt", "/"], site.Paths);
    }

    [Fact]
    public async Task Pages_with_one_content_several_names_or_another_place_are_one_document()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.On("/", 302, ("Location", "/home"));
        site.On("/home", Site.Page("Home", "/", "/home", "/one", "/two", "/print", "/old", "/away"));
        site.On("/one", Site.Page("Same"));
        site.On("/two", Site.Page("Same"));
        site.On("/print", Site.Page("Original, for printers").Replace("<head>", "<head><link rel=\"canonical\" href=\"/original\">", StringComparison.Ordinal));
        site.On("/original", Site.Page("Original"));
        site.On("/old", 301, ("Location", "/new"));
        site.On("/new", Site.Page("New"));
        site.On("/away", 301, ("Location", "https://elsewhere.example/"));

        var added = await account.AddUrlAsync(collection, site.Address, depth: 2);
        await account.WalkedAsync(added.SourceId, host.Stack);

        var pages = (await account.PagesAsync(added.SourceId)).ToDictionary(page => new Uri(page.Url).AbsolutePath, page => page.State);
        Assert.Equal(
            [("/", "fetched"), ("/away", "skipped"), ("/home", "alias"), ("/new", "fetched"), ("/old", "alias"), ("/one", "fetched"), ("/original", "fetched"), ("/print", "alias"), ("/two", "duplicate")],
            pages.Select(page => (page.Key, page.Value)).OrderBy(page => page.Key, StringComparer.Ordinal));
        Assert.Equal(4, await host.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1", account.TenantId));
        Assert.Equal(1, site.Count("/home"));
    }

    [Fact]
    public async Task A_canceled_walk_keeps_what_it_has_and_goes_on_when_it_is_begun_again()
    {
        await using var site = await Site.StartAsync();
        using var account = await host.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        site.On("/", Site.Page("Home", "/1", "/2", "/3"));
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool hold = true;
        site.On("/1", Site.Page("One"));
        site.On("/2", async http =>
        {
            reached.TrySetResult();
            await Task.Delay(hold ? TimeSpan.FromSeconds(1) : TimeSpan.Zero, TimeProvider.System, http.RequestAborted);
            await http.Response.WriteAsync(Site.Page("Two"), http.RequestAborted);
        });
        site.On("/3", Site.Page("Three"));

        var added = await account.AddUrlAsync(collection, site.Address, depth: 1);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        using var cancel = await account.Http.PostAsync($"/api/jobs/{added.JobId}/cancel", null);
        var canceled = await account.WalkedAsync(added.SourceId, host.Stack);
        hold = false;

        Assert.Equal(("failed", "sources:canceled"), (canceled.Status, canceled.Error!.Code));
        Assert.Equal(2, canceled.Pages.Fetched);
        var again = await account.RefetchAsync(added.SourceId, host.Stack);
        Assert.Equal(("ready", 4), (again.Status, again.Pages.Fetched));
    }
}
