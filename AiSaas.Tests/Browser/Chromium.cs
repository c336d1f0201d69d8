using AiSaas.Tests.Browser;
using AiSaas.Tests.Infrastructure;
using Microsoft.Playwright;
using System.Diagnostics;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace AiSaas.Tests.Browser;

/// <summary>One headless Chromium for all browser tests; each test has a context, and so cookies, of its own.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A visitor with no past. Waits are bounded by 30 s; a busy machine is slow, not broken.</summary>
    public async Task<IBrowserContext> VisitorAsync(Uri web, BrowserNewContextOptions? options = null)
    {
        await _starting.WaitAsync();
        try
        {
            _browser ??= await StartAsync();
        }
        finally
        {
            _starting.Release();
        }

        options ??= new();
        options.BaseURL = web.ToString();
        var context = await _browser.NewContextAsync(options);
        context.SetDefaultTimeout(30_000);
        return context;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
        _starting.Dispose();
    }

    private async Task<IBrowser> StartAsync()
    {
        Assertions.SetDefaultExpectTimeout(30_000);
        _playwright = await Playwright.CreateAsync();
        return await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("AISAAS_CHROMIUM") is { Length: > 0 } given ? given : await FindAsync(),
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
            ],
        });
    }

    private static async Task<string> FindAsync()
    {
        using var tool = Process.Start(new ProcessStartInfo("bash", [Repository.PathOf("eng", "local", "tool"), "chromium"])
        {
            RedirectStandardOutput = true,
        })!;
        string path = await tool.StandardOutput.ReadToEndAsync();
        await tool.WaitForExitAsync();
        return path.Trim();
    }
}
