using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using AiSaas.Api.Identity;
using AiSaas.Contracts;
using AiSaas.Contracts.Sources;
using AiSaas.Core.Outbound;
using AiSaas.Ingestion.Worker;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Tests.Sources;

/// <summary>Api and worker without pauses, in a world where only 127.0.0.2 is public.</summary>
public sealed class SourcesHost(PostgresServer postgres) : IAsyncLifetime
{
    public const int MostBytes = 300_000;

    private ServiceHost<CurrentUser>? _api;
    private ServiceHost<WorkerOptions>? _worker;

    public Stack Stack { get; } = new(postgres);

    internal Names Names { get; } = new();

    public static (string, string?)[] Settings(params (string, string?)[] more) =>
    [
        ("Worker:Queues", "ingest,sources"),
        ("Identity:AttemptsPerMinute", "100000"),
        ("Outbound:AllowedNetworks:0", "127.0.0.2/32"),
        ("Sources:Delay", "00:00:00"),
        ("Sources:MaxCrawlDelay", "00:00:00.2"),
        ("Sources:RetryPause", "00:00:00.050"),
        ("Sources:Deadline", "00:00:02"),
        ("Sources:Tries", "3"),
        ("Limits:MaxUploadBytes", MostBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        .. more,
    ];

    public Task<Account> RegisterAsync() => Account.RegisterAsync(_api!.Address);

    public async ValueTask InitializeAsync()
    {
        await Stack.InitializeAsync();
        var settings = Stack.Settings(Settings());
        _api = new(settings);
        _worker = new(settings, services => services.AddSingleton<IHostResolver>(Names));
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null)
        {
            await _worker.DisposeAsync();
        }

        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await Stack.DisposeAsync();
    }
}

/// <summary>A resolver of names that says what a test tells it to, and changes its mind.</summary>
internal sealed class Names : IHostResolver
{
    private readonly ConcurrentDictionary<string, int> _asked = new();

    /// <summary>The first answer, the second, …; the last one from then on.</summary>
    public ConcurrentDictionary<string, string[]> Answers { get; } = new();

    public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation)
    {
        if (!Answers.TryGetValue(host, out var answers))
        {
            throw new SocketException((int)SocketError.HostNotFound);
        }

        int time = _asked.AddOrUpdate(host, 0, (_, before) => before + 1);
        return Task.FromResult<IReadOnlyList<IPAddress>>([IPAddress.Parse(answers[Math.Min(time, answers.Length - 1)])]);
    }
}

internal static class SourceCalls
{
    public static async Task<SourceAccepted> AddUrlAsync(
        this Account account, Guid collection, string url, int? depth = null, int? maxPages = null, string? refetch = null, string? timezone = null)
    {
        using var response = await account.Http.PostAsJsonAsync(
            $"/api/collections/{collection}/documents/url", new AddSourceRequest(url, depth, maxPages, refetch, timezone), ContractsJson.Default.AddSourceRequest);
        Assert.True(response.StatusCode == HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.SourceAccepted))!;
    }

    public static async Task<SourceInfo> SourceAsync(this Account account, Guid source) =>
        (await account.Http.GetFromJsonAsync($"/api/sources/{source}", ContractsJson.Default.SourceInfo))!;

    /// <summary>Waits until the walk has ended, and all documents of the workspace are read.</summary>
    public static async Task<SourceInfo> WalkedAsync(this Account account, Guid source, Stack stack)
    {
        var ended = await Eventually.GetAsync(
            async () => await account.SourceAsync(source) is { Status: "ready" or "failed" } walked ? walked : null, $"source {source} ends", TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(
            async () => await stack.ScalarAsync<long>(
                "select count(*) from documents where tenant_id = $1 and (status in ('queued', 'running') or stage not in ('ready', 'failed'))", account.TenantId) == 0,
            "documents settle", TimeSpan.FromMinutes(1));
        return ended;
    }

    public static async Task<SourceInfo> RefetchAsync(this Account account, Guid source, Stack stack)
    {
        using var response = await account.Http.PostAsync($"/api/sources/{source}/refetch", null);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return await account.WalkedAsync(source, stack);
    }

    public static async Task<IReadOnlyList<SourcePage>> PagesAsync(this Account account, Guid source) =>
        (await account.Http.GetFromJsonAsync($"/api/sources/{source}/pages", ContractsJson.Default.PageSourcePage))!.Items;

    public static async Task<string> TextAsync(this Account account, Guid document) =>
        (await account.Http.GetFromJsonAsync($"/api/documents/{document}/pages/1", ContractsJson.Default.DocumentPage))!.Text;
}
