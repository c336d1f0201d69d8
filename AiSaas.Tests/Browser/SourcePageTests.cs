using Microsoft.Playwright;
using WebSite = AiSaas.Tests.Sources.Site;

namespace AiSaas.Tests.Browser;

/// <summary>Documents from the web as a person adds them.</summary>
public sealed class SourcePageTests(Site site, Chromium chromium) : IClassFixture<Site>
{
    /// <summary>For looking at the pages.</summary>
    private static readonly string? Shots = Environment.GetEnvironmentVariable("AISAAS_SHOTS");

    [Fact]
    public async Task A_site_is_added_followed_looked_into_and_ended()
    {
        await using var web = await WebSite.StartAsync();
        web.On("/guide/", WebSite.Page("Pump guide", "/guide/oil", "/guide/filter", "/guide/gone"));
        web.On("/guide/oil", WebSite.Page("Oil"));
        web.On("/guide/filter", WebSite.Page("Filter"));
        await using var visitor = await chromium.VisitorAsync(site.Address);
        var page = await visitor.NewPageAsync();
        List<string> faults = [];
        page.PageError += (_, error) => faults.Add(error);
        await MainJobTests.SignUpAsync(page);
        await page.GotoAsync("/collections");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "New collection" }).FillAsync("Manuals");
        await page.Keyboard.PressAsync("Enter");

        await page.GetByText("Add from the web").ClickAsync();
        await page.GetByLabel("Address").FillAsync("http://169.254.169.254/latest/meta-data/");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("can't be reached from here")).ToBeVisibleAsync();

        await page.GetByLabel("Address").FillAsync(web.Address + "/guide/");
        await page.GetByLabel("Pages that it links to").SelectOptionAsync("1");
        await page.GetByLabel("Look for changes").SelectOptionAsync("0 3 * * *");
        await ShootAsync(page, "add");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();

        var row = page.Locator(".web-source");
        await Assertions.Expect(row.Locator("[data-words]")).ToHaveTextAsync("Fetched", new() { Timeout = 60_000 });
        await page.GetByRole(AriaRole.Link, new() { Name = "Reload to see what came" }).ClickAsync();
        await Assertions.Expect(row).ToContainTextAsync("3 of 4 pages fetched");
        await Assertions.Expect(page.Locator("li.document[data-document]")).ToHaveCountAsync(3, new() { Timeout = 60_000 });
        await ShootAsync(page, "list");
        await MainJobTests.AxeAsync(page);

        await row.GetByRole(AriaRole.Link).First.ClickAsync();
        await Assertions.Expect(page.GetByText("its server answers 404")).ToBeVisibleAsync();
        var way = page.GetByRole(AriaRole.Link, new() { Name = web.Address + "/guide/", Exact = true });
        Assert.Equal(("noopener noreferrer nofollow", web.Address + "/guide/"), (await way.GetAttributeAsync("rel"), await way.GetAttributeAsync("href")));
        await ShootAsync(page, "source");
        await MainJobTests.AxeAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "guide/oil" }).ClickAsync();
        await Assertions.Expect(page.Locator(".web-origin")).ToContainTextAsync("/guide/oil");
        await ShootAsync(page, "document");

        await page.GetByRole(AriaRole.Link, new() { Name = "Manuals", Exact = true }).ClickAsync();
        await row.GetByTitle("No longer fetch").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete them too" }).ClickAsync();
        await Assertions.Expect(page.GetByText("3 documents from it are deleted")).ToBeVisibleAsync();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static async Task ShootAsync(IPage page, string name)
    {
        if (Shots is null)
        {
            return;
        }

        var wide = page.ViewportSize!;
        await page.ScreenshotAsync(new() { Path = Path.Combine(Shots, $"web-{name}-desktop.png"), FullPage = true });
        await page.SetViewportSizeAsync(390, 844);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Shots, $"web-{name}-phone.png"), FullPage = true });
        await page.SetViewportSizeAsync(wide.Width, wide.Height);
    }
}
