using System.Text.Json;
using System.Text.RegularExpressions;
using AiSaas.Tests.Documents;
using AiSaas.Tests.Infrastructure;
using Microsoft.Playwright;

namespace AiSaas.Tests.Browser;

/// <summary>What the product is for, as a person does it: sign up, bring a PDF, ask, check the answer on its page.</summary>
public sealed partial class MainJobTests(Site site, Chromium chromium) : IClassFixture<Site>
{
    private const string Fact = "The pump must be serviced every four hundred operating hours by a trained technician.";

    [Fact]
    public async Task A_stranger_signs_up_drops_a_pdf_asks_and_reads_a_cited_answer_on_its_page()
    {
        await using var visitor = await chromium.VisitorAsync(site.Address);
        var page = await visitor.NewPageAsync();
        List<string> faults = [];
        page.PageError += (_, error) => faults.Add(error);
        page.Console += (_, message) => faults.AddRange(message.Type == "error" ? [message.Text] : []);
        await SignUpAsync(page);
        await AddPdfAsync(page, scripts: true);

        await page.GotoAsync("/chat");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Your question" }).FillAsync("How often must the pump be serviced?");
        await page.Keyboard.PressAsync("Enter");

        var mark = page.Locator(".answer a, .answer button").Filter(new() { HasTextRegex = Number() }).First;
        await mark.WaitForAsync();
        await Assertions.Expect(page.GetByText("four hundred operating hours").First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Answered in").First).ToBeVisibleAsync();
        await Assertions.Expect(page).ToHaveURLAsync(Chat());

        await mark.ClickAsync();
        var panel = page.Locator("evidence-panel");
        await Assertions.Expect(panel.GetByText("Verified").First).ToBeVisibleAsync();
        await Assertions.Expect(panel.Locator(".page-mark, mark").First).ToBeVisibleAsync();
        await AxeAsync(page);

        // A reload shows the same settled answer, rendered by the server.
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByText("four hundred operating hours").First).ToBeVisibleAsync();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    [Fact]
    public async Task Without_scripts_a_person_signs_up_uploads_asks_and_finds_the_answer_after_a_refresh()
    {
        await using var visitor = await chromium.VisitorAsync(site.Address, new() { JavaScriptEnabled = false });
        var page = await visitor.NewPageAsync();
        await SignUpAsync(page);
        await AddPdfAsync(page, scripts: false);

        await page.GotoAsync("/chat");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Your question" }).FillAsync("How often must the pump be serviced?");
        await page.GetByRole(AriaRole.Button, new() { Name = "Send" }).ClickAsync();

        await Assertions.Expect(page.GetByText("four hundred operating hours").First).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await page.Locator(".answer a").Filter(new() { HasTextRegex = Number() }).First.ClickAsync();
        await Assertions.Expect(page.Locator(".page-mark, mark").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task On_a_phone_nothing_overflows_and_pages_pass_axe_in_light_and_dark()
    {
        foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await using var visitor = await chromium.VisitorAsync(site.Address, new()
            {
                ViewportSize = new() { Width = 390, Height = 844 },
                ColorScheme = scheme,
                IsMobile = true,
                HasTouch = true,
            });
            var page = await visitor.NewPageAsync();
            foreach (string path in new[] { "/", "/login", "/register" })
            {
                await CheckAsync(page, path);
            }

            await SignUpAsync(page);
            foreach (string path in new[] { "/chat", "/collections", "/jobs", "/schedules", "/keys", "/webhooks", "/profile", "/developers" })
            {
                await CheckAsync(page, path);
            }
        }
    }

    internal static async Task CheckAsync(IPage page, string path)
    {
        var response = await page.GotoAsync(path);
        Assert.True(response!.Ok, $"{path}: {response.Status}");
        string[] wide = await page.EvaluateAsync<string[]>(
            """
            () => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? []
                : [...document.body.querySelectorAll('*')].filter(one => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
                    .map(one => `${one.tagName}.${one.className} ends at ${one.getBoundingClientRect().right}`)
            """);
        Assert.True(wide.Length == 0, $"{path} is wider than the phone: {string.Join(", ", wide)}");
        await AxeAsync(page);
    }

    internal static async Task SignUpAsync(IPage page)
    {
        await page.GotoAsync("/register");
        await page.GetByLabel("E-mail").FillAsync($"{Guid.CreateVersion7():n}@example.com");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Account.Password);
        await page.GetByLabel("Workspace").FillAsync("Harbor Pumps");
        await page.Locator("main form button").First.ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(Chat());
    }

    private static async Task AddPdfAsync(IPage page, bool scripts)
    {
        await page.GotoAsync("/collections");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "New collection" }).FillAsync("Manuals");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator("main input[type=file]").First.SetInputFilesAsync(new FilePayload
        {
            Name = "pump-manual.pdf",
            MimeType = "application/pdf",
            Buffer = new MiniPdf { Title = "Pump manual" }
                .Page((72, 760, 20, "Maintenance"), (72, 720, 11, Fact), (72, 700, 11, "Keep the service record beside the pump."))
                .Build(),
        });
        var row = page.Locator("li.document", new() { HasText = "pump-manual.pdf" });
        if (scripts)
        {
            // The row is there at once and keeps itself current.
            await Assertions.Expect(row).ToHaveAttributeAsync("data-facet", "ready", new() { Timeout = 60_000 });
            return;
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Upload" }).ClickAsync();
        // The form's own navigation ends first: a reload in the midst of it has no page to reload.
        await Assertions.Expect(page).ToHaveURLAsync(Added());
        await Assertions.Expect(row).ToBeVisibleAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                await page.ReloadAsync();
                return await row.GetAttributeAsync("data-facet") == "ready";
            }, "the document is ready", TimeSpan.FromMinutes(1));
    }

    internal static async Task AxeAsync(IPage page)
    {
        string axe = await File.ReadAllTextAsync(Repository.PathOf("AiSaas.Web", "node_modules", "axe-core", "axe.min.js"));
        await page.EvaluateAsync(axe);
        var found = await page.EvaluateAsync<JsonElement>(
            "() => axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }).then(result => result.violations.map(one => one.id + ': ' + one.nodes.map(node => node.html).join(' ')))");
        Assert.True(found.GetArrayLength() == 0, $"{page.Url}: {found}");
    }

    [GeneratedRegex(@"^\s*\d+\s*$")]
    private static partial Regex Number();

    [GeneratedRegex("added=1", RegexOptions.IgnoreCase)]
    private static partial Regex Added();

    [GeneratedRegex("/chat")]
    private static partial Regex Chat();
}
