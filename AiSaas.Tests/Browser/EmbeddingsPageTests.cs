using AiSaas.Tests.Retrieval.Spaces;
using AiSaas.Tests.Web;
using Microsoft.Playwright;

namespace AiSaas.Tests.Browser;

/// <summary>An admin moves the workspace to another embedding model, weighs it, and goes back.</summary>
public sealed class EmbeddingsPageTests(SpacesProduct product, Chromium chromium) : IClassFixture<SpacesProduct>
{
    [Theory]
    [InlineData(1280, 900, ColorScheme.Light, true)]
    [InlineData(390, 844, ColorScheme.Dark, false)]
    public async Task An_admin_chooses_a_model_weighs_it_and_goes_back(int width, int height, ColorScheme scheme, bool scripts)
    {
        product.Work();
        await using WebHost web = new(product.Api.ToString().TrimEnd('/'));
        await using var visitor = await chromium.VisitorAsync(web.ClientOptions.BaseAddress, new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            JavaScriptEnabled = scripts,
        });
        var page = await visitor.NewPageAsync();
        await MainJobTests.SignUpAsync(page);
        await page.GotoAsync("/embeddings");
        await Assertions.Expect(page.GetByText("nothing is embedded yet")).ToBeVisibleAsync();

        // The empty workspace moves at once: there is nothing to embed but the question for the size.
        await page.GetByLabel("two").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use this model" }).ClickAsync();
        await Assertions.Expect(page.GetByText("are embedded in the background")).ToBeVisibleAsync();
        await ReloadUntilAsync(page, "two@96 counts");
        await ShowAsync(page, $"embeddings-{width}-{scheme}", scripts);

        await page.GetByLabel("Share of meaning").FillAsync("much");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Write numbers such as 0.4")).ToBeVisibleAsync();
        await page.GetByLabel("Share of meaning").FillAsync("0,7");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Saved.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("Share of meaning")).ToHaveValueAsync("0.7");
        await page.GetByRole(AriaRole.Button, new() { Name = "Measure" }).ClickAsync();
        await Assertions.Expect(page.GetByText("at least 20 embedded passages")).ToBeVisibleAsync();

        await page.GetByLabel("The installation's default").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Use this model" }).ClickAsync();
        await ReloadUntilAsync(page, "one@64 counts");
        await Assertions.Expect(page.GetByText("two@96 is kept until")).ToBeVisibleAsync();
        await ShowAsync(page, $"embeddings-kept-{width}-{scheme}", scripts);
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove it now" }).ClickAsync();
        await Assertions.Expect(page.GetByText("are being removed")).ToBeVisibleAsync();
    }

    private static async Task ReloadUntilAsync(IPage page, string heading)
    {
        for (int i = 0; i < 60; i++)
        {
            await page.GotoAsync("/embeddings");
            if (await page.GetByRole(AriaRole.Heading, new() { Name = heading }).CountAsync() > 0
                && await page.GetByText("Watch the job").CountAsync() == 0)
            {
                return;
            }

            await page.WaitForTimeoutAsync(250);
        }

        Assert.Fail($"No heading '{heading}' came: {await page.InnerTextAsync("main")}");
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
