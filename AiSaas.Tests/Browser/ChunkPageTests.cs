using System.Net.Http.Json;
using AiSaas.Tests.Documents;
using Microsoft.Playwright;

namespace AiSaas.Tests.Browser;

/// <summary>A person looks at what a document was cut into, corrects a passage and switches one off.</summary>
public sealed class ChunkPageTests(Site site, Chromium chromium) : IClassFixture<Site>
{
    private const string Guide =
        """
        # Harbour guide

        ## Summer

        The harbour opens at six in summer, and the lantern is lit at nine.

        ## Winter

        In winter the harbour opens at eight, and the lantern is lit at four.
        """;

    [Theory]
    [InlineData(1280, 900, ColorScheme.Light, true)]
    [InlineData(390, 844, ColorScheme.Dark, false)]
    public async Task Passages_stand_beside_their_page_and_are_corrected_there(int width, int height, ColorScheme scheme, bool scripts)
    {
        await using var visitor = await chromium.VisitorAsync(site.Address, new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            JavaScriptEnabled = scripts,
        });
        var page = await visitor.NewPageAsync();
        using var account = await site.Product.RegisterAsync("Harbor Pumps");
        await page.GotoAsync("/login");
        await page.GetByLabel("E-mail").FillAsync(account.Email);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Infrastructure.Account.Password);
        await page.Locator("main form button").First.ClickAsync();
        await page.WaitForURLAsync("**/chat**");
        var collection = await account.CreateCollectionAsync();
        var document = (await account.UploadAsync(collection, "harbour.md", Guide)).Id;
        await account.SettledAsync(document);
        byte[] pdf = new MiniPdf().Page(
            (60, 780, 20, "Care"), (60, 740, 11, "Oil the bearing of the pump every ninety days."),
            (60, 640, 20, "Storage"), (60, 600, 11, "Store the pump dry and upright in winter.")).Build();
        var drawn = (await account.UploadAsync(collection, "pump.pdf", pdf)).Id;
        await account.SettledAsync(drawn);

        await page.GotoAsync($"/documents/{document}");
        var winter = page.Locator(".pieces li", new() { HasText = "Winter" });
        if (scripts)
        {
            await winter.Locator("a.piece").HoverAsync();
            await Assertions.Expect(page.Locator(".page-piece[data-shown]")).ToContainTextAsync("lit at four");
        }

        await winter.GetByText("Details and changes").ClickAsync();
        await ShowAsync(page, $"chunks-open-{width}-{scheme}", scripts);
        await winter.GetByLabel("What is searched and read").FillAsync("In winter the quay opens at noon. 🐧");
        await winter.GetByRole(AriaRole.Button, new() { Name = "Save text" }).ClickAsync();
        winter = page.Locator(".pieces li", new() { HasText = "Winter" });
        await Assertions.Expect(winter.Locator(".badge")).ToHaveTextAsync("Edited");
        await winter.GetByText("Details and changes").ClickAsync();
        await Assertions.Expect(winter.Locator(".piece-original")).ToContainTextAsync("lit at four");
        await winter.GetByRole(AriaRole.Button, new() { Name = "Switch off" }).ClickAsync();
        await Assertions.Expect(winter.Locator(".badge")).ToHaveTextAsync(["Off", "Edited"]);
        await ShowAsync(page, $"chunks-off-{width}-{scheme}", scripts);
        await winter.GetByText("Details and changes").ClickAsync();
        await winter.GetByRole(AriaRole.Button, new() { Name = "Switch on" }).ClickAsync();
        await winter.GetByText("Details and changes").ClickAsync();
        await winter.GetByRole(AriaRole.Button, new() { Name = "Put the page's text back" }).ClickAsync();
        await Assertions.Expect(page.Locator(".pieces .badge")).ToHaveCountAsync(0);

        // Somebody else was quicker: told, and what was written is still there.
        await winter.GetByText("Details and changes").ClickAsync();
        string id = (await winter.Locator("textarea").GetAttributeAsync("id"))!["text-".Length..];
        using var quicker = await account.Http.PatchAsJsonAsync($"/api/chunks/{id}", new { enabled = false });
        Assert.True(quicker.IsSuccessStatusCode);
        await winter.GetByLabel("What is searched and read").FillAsync("Mine is better.");
        await winter.GetByRole(AriaRole.Button, new() { Name = "Save text" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Somebody else has changed this passage")).ToBeVisibleAsync();
        await Assertions.Expect(winter.GetByLabel("What is searched and read")).ToHaveValueAsync("Mine is better.");

        await page.GotoAsync($"/documents/{drawn}");
        await Assertions.Expect(page.Locator("g.page-chunk")).ToHaveCountAsync(2);
        if (scripts)
        {
            await page.Locator(".pieces a.piece").Last.HoverAsync();
            await Assertions.Expect(page.Locator("g.page-chunk").Last).ToHaveAttributeAsync("data-shown", "");
        }

        await ShowAsync(page, $"chunks-pdf-{width}-{scheme}", scripts);
    }

    // Checked by axe where scripts run; kept for looking at when a folder is named.
    private static async Task ShowAsync(IPage page, string name, bool scripts)
    {
        if (scripts)
        {
            Assert.True(await page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"), $"{name} is wider than its window");
            await MainJobTests.AxeAsync(page);
        }

        if (Environment.GetEnvironmentVariable("AISAAS_SCREENSHOTS") is { Length: > 0 } folder)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
        }
    }
}
