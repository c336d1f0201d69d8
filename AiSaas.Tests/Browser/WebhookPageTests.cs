using AiSaas.Tests.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace AiSaas.Tests.Browser;

/// <summary>An admin sets a webhook up, tests it, and mends it when its receiver is broken.</summary>
public sealed class WebhookPageTests(Site site, Chromium chromium) : IClassFixture<Site>
{
    [Theory]
    [InlineData(1280, 900, ColorScheme.Light, true)]
    [InlineData(390, 844, ColorScheme.Dark, false)]
    public async Task An_admin_adds_tests_reads_the_log_replays_and_rotates(int width, int height, ColorScheme scheme, bool scripts)
    {
        await using var receiver = await Receiver.StartAsync();
        bool works = false;
        string url = receiver.At((_, http) =>
        {
            http.Response.StatusCode = works ? 204 : 500;
            return works ? Task.CompletedTask : http.Response.WriteAsync("<b>database is down</b>");
        });
        await using var visitor = await chromium.VisitorAsync(site.Address, new()
        {
            ViewportSize = new() { Width = width, Height = height },
            ColorScheme = scheme,
            JavaScriptEnabled = scripts,
        });
        var page = await visitor.NewPageAsync();
        await MainJobTests.SignUpAsync(page);
        await page.GotoAsync("/webhooks");
        await ShowAsync(page, $"webhooks-empty-{width}-{scheme}", scripts);

        await page.GetByLabel("Address").FillAsync("http://169.254.169.254/latest/meta-data/");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add webhook" }).ClickAsync();
        await Assertions.Expect(page.GetByText("can't be reached from here")).ToBeVisibleAsync();
        await page.GetByLabel("Address").FillAsync(url + "?token=secret");
        await page.GetByLabel("What it is for").FillAsync("Nightly reports");
        await page.GetByLabel("job.canceled").UncheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add webhook" }).ClickAsync();
        string secret = await page.Locator("#webhook-secret").InnerTextAsync();
        await ShowAsync(page, $"webhooks-made-{width}-{scheme}", scripts);
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Link, new() { Name = "/hooks/" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Nothing has been sent yet.")).ToBeVisibleAsync();
        Assert.DoesNotContain(secret, await page.ContentAsync(), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Send a test" }).ClickAsync();
        await Assertions.Expect(page.GetByText("It did not arrive: Answered 500.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Every attempt has failed since")).ToBeVisibleAsync();
        await ShowAsync(page, $"webhook-failing-{width}-{scheme}", scripts);

        works = true;
        await page.GetByRole(AriaRole.Button, new() { Name = "Replay webhook.test" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Delivered: 204 in")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "webhook.test" }).ClickAsync();
        await Assertions.Expect(page.GetByText("<b>database is down</b>")).ToBeVisibleAsync();
        await ShowAsync(page, $"webhook-delivery-{width}-{scheme}", scripts);

        await page.GetByRole(AriaRole.Link, new() { Name = "Deliveries" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate the secret" }).ClickAsync();
        Assert.NotEqual(secret, await page.Locator("#webhook-secret").InnerTextAsync());
        await ShowAsync(page, $"webhook-rotated-{width}-{scheme}", scripts);
        await page.GetByRole(AriaRole.Button, new() { Name = "Switch off" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Send a test" })).ToBeDisabledAsync();
        await page.WaitForLoadStateAsync(LoadState.Load);
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await (scripts
            ? page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" })
            : page.GetByRole(AriaRole.Button, new() { Name = "Delete for good" })).ClickAsync();
        await Assertions.Expect(page.GetByText("The webhook is deleted")).ToBeVisibleAsync();
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
