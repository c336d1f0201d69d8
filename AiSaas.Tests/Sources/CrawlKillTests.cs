using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;
using Microsoft.AspNetCore.Http;

namespace AiSaas.Tests.Sources;

/// <summary><c>kill -9</c> of a worker in the middle of a site.</summary>
public sealed class CrawlKillTests(PostgresServer postgres) : IAsyncLifetime
{
    private const int Pages = 12;

    private readonly Stack _stack = new(postgres);
    private ServiceHost<CurrentUser>? _api;

    public async ValueTask InitializeAsync()
    {
        await _stack.InitializeAsync();
        _api = new ServiceHost<CurrentUser>(_stack.Settings(SourcesHost.Settings()));
    }

    [Fact]
    public async Task The_next_worker_goes_on_where_it_was_and_no_page_becomes_two()
    {
        await using var site = await Site.StartAsync();
        site.Otherwise(async http =>
        {
            // Slow enough to be caught at it.
            await Task.Delay(TimeSpan.FromMilliseconds(150), TimeProvider.System, http.RequestAborted);
            http.Response.ContentType = "text/html";
            await http.Response.WriteAsync(Site.Page($"Page {http.Request.Path}", [.. Enumerable.Range(1, Pages - 1).Select(number => $"/{number}")]), http.RequestAborted);
        });
        using var account = await Account.RegisterAsync(_api!.Address);
        var collection = await account.CreateCollectionAsync();
        var added = await account.AddUrlAsync(collection, site.Address, depth: 2);

        for (int kill = 1; kill <= 2; kill++)
        {
            await using var victim = WorkerProcess.Start(_stack, SourcesHost.Settings());
            int seen = site.Visits.Count;
            await Eventually.TrueAsync(() => Task.FromResult(site.Visits.Count >= seen + 4), $"pages are asked for:\n{victim.Output}", TimeSpan.FromMinutes(2));
            victim.Kill();
        }

        await using var last = WorkerProcess.Start(_stack, SourcesHost.Settings());
        await Eventually.TrueAsync(
            async () => (await account.SourceAsync(added.SourceId)).Status == "ready", $"the walk ends:\n{last.Output}", TimeSpan.FromMinutes(2));
        var source = await account.WalkedAsync(added.SourceId, _stack);

        Assert.Equal((Pages, Pages, 0), (source.Pages.Found, source.Pages.Fetched, source.Pages.Waiting));
        // A page that was under way when its worker died is asked again; those before it are not.
        Assert.InRange(site.Visits.Count(visit => visit.Path != "/robots.txt"), Pages, Pages + 2);
        Assert.Equal(Pages, await _stack.ScalarAsync<long>("select count(*) from documents where status = 'ready'"));
        Assert.Equal(Pages, await _stack.ScalarAsync<long>("select count(distinct document_id) from source_pages"));
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await _stack.DisposeAsync();
    }
}
