using System.Text;
using AiSaas.Tests.Uploads;
using Microsoft.Playwright;

namespace AiSaas.Tests.Browser;

/// <summary>Archives, folders and large files as a person sees them.</summary>
public sealed class UploadPageTests(Site site, Chromium chromium) : IClassFixture<Site>
{
    /// <summary>For looking at the pages.</summary>
    private static readonly string? Shots = Environment.GetEnvironmentVariable("AISAAS_SHOTS");

    [Fact]
    public async Task An_archive_is_followed_opened_and_deleted_from_the_list()
    {
        await using var visitor = await chromium.VisitorAsync(site.Address);
        var page = await visitor.NewPageAsync();
        List<string> faults = [];
        page.PageError += (_, error) => faults.Add(error);
        await MainJobTests.SignUpAsync(page);
        await page.GotoAsync("/collections");
        await page.GetByRole(AriaRole.Textbox, new() { Name = "New collection" }).FillAsync("Manuals");
        await page.Keyboard.PressAsync("Enter");
        var files = page.Locator("#files");
        await files.SetInputFilesAsync(Zip("handbook.zip", ("manuals/pump.md", "# Pump\n\nOil it every ninety days."u8.ToArray()), ("gate.txt", "The gate closes at nine."u8.ToArray())));
        // Large enough to go in pieces; what is in it is refused, but for a note.
        byte[] film = new byte[9_000_000];
        new Random(7).NextBytes(film);
        await files.SetInputFilesAsync(Zip("films.zip", ("film.mp4", film), ("note.txt", "The film was made in spring."u8.ToArray())));
        await files.SetInputFilesAsync(Enumerable.Range(0, 80).Select(number => new FilePayload
        {
            Name = $"note-{number}.txt",
            MimeType = "text/plain",
            Buffer = Encoding.UTF8.GetBytes($"Note {number} tells of lamp {number * 3}."),
        }));

        var archive = page.Locator("li.document", new() { HasText = "handbook.zip" });
        var films = page.Locator("li.document", new() { HasText = "films.zip" });
        await Assertions.Expect(archive).ToHaveAttributeAsync("data-facet", "ready", new() { Timeout = 120_000 });
        await Assertions.Expect(films).ToHaveAttributeAsync("data-facet", "ready", new() { Timeout = 120_000 });
        await Assertions.Expect(films.GetByText("1 file in it could not be read: film.mp4")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("li.document")).ToHaveCountAsync(82, new() { Timeout = 120_000 });
        Assert.Equal(1, await site.Product.Stack.ScalarAsync<long>("select count(*) from uploads where outcome is not null"));
        await page.ReloadAsync();
        await ShootAsync(page, "list");
        await MainJobTests.AxeAsync(page);

        await archive.GetByRole(AriaRole.Link, new() { Name = "2 files" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "handbook.zip" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "manuals/pump.md" })).ToBeVisibleAsync();
        await ShootAsync(page, "archive");
        await page.GetByRole(AriaRole.Link, new() { Name = "Manuals", Exact = true }).ClickAsync();
        await archive.GetByRole(AriaRole.Button, new() { Name = "Delete handbook.zip" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("is deleted with 2 documents in it").First).ToBeVisibleAsync();
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static async Task ShootAsync(IPage page, string name)
    {
        if (Shots is null)
        {
            return;
        }

        var wide = page.ViewportSize!;
        await page.ScreenshotAsync(new() { Path = Path.Combine(Shots, $"{name}-desktop.png") });
        await page.SetViewportSizeAsync(390, 844);
        await page.ScreenshotAsync(new() { Path = Path.Combine(Shots, $"{name}-phone.png") });
        await page.SetViewportSizeAsync(wide.Width, wide.Height);
    }

    private static FilePayload Zip(string name, params IEnumerable<(string, byte[])> files) =>
        new() { Name = name, MimeType = "application/zip", Buffer = ZipBytes.Of(files) };
}
