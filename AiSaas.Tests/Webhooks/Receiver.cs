using System.Collections.Concurrent;
using System.Text;
using AiSaas.Tests.Infrastructure;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Webhooks;

/// <summary>A message as it came in.</summary>
internal sealed record Received(string Path, string Id, long Timestamp, string Signature, string Body, IReadOnlyDictionary<string, string> Headers, DateTimeOffset At);

/// <summary>Somebody else's server: keeps what it gets, and answers as told. Each test has a path of its own.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<Received, HttpContext, Task>> _answers = new();
    private int _paths;

    private Receiver(WebApplication app) => _app = app;

    public ConcurrentQueue<Received> All { get; } = [];

    public string Address => _app.Urls.First();

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        Receiver receiver = new(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    /// <summary>An address that answers so; 200 unless told otherwise.</summary>
    public string At(Func<Received, HttpContext, Task>? answer = null)
    {
        string path = $"/hooks/{Interlocked.Increment(ref _paths)}";
        _answers[path] = answer ?? ((_, _) => Task.CompletedTask);
        return Address + path;
    }

    /// <summary>An address that answers with these statuses in turn, the last one from then on.</summary>
    public string AtStatuses(params int[] statuses)
    {
        int calls = -1;
        return At((_, http) =>
        {
            http.Response.StatusCode = statuses[Math.Min(Interlocked.Increment(ref calls), statuses.Length - 1)];
            return http.Response.WriteAsync($"answer {calls + 1}");
        });
    }

    public Received[] To(string url) => [.. All.Where(message => Address + message.Path == url)];

    public Task<Received[]> SomeAsync(string url, int amount, TimeSpan? within = null) => Eventually.GetAsync(
        () => Task.FromResult(To(url) is { } got && got.Length >= amount ? got : null), $"{amount} messages at {url}", within);

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource at = new(TimeSpan.FromSeconds(1));
        await _app.StopAsync(at.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext http)
    {
        using StreamReader reader = new(http.Request.Body, Encoding.UTF8);
        string body = await reader.ReadToEndAsync();
        var headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        Received message = new(
            http.Request.Path, headers.GetValueOrDefault("webhook-id", ""), long.Parse(headers.GetValueOrDefault("webhook-timestamp", "0"), null),
            headers.GetValueOrDefault("webhook-signature", ""), body, headers, TimeProvider.System.GetUtcNow());
        All.Enqueue(message);
        await (_answers.TryGetValue(http.Request.Path, out var answer) ? answer(message, http) : Task.CompletedTask);
    }
}
