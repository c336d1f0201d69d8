using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Sources;

/// <summary>A request as it came.</summary>
internal sealed record Visit(string Path, IReadOnlyDictionary<string, string> Headers, DateTimeOffset At);

/// <summary>A small web site of a test's own, on loopback.</summary>
internal sealed class Site : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, Func<HttpContext, Task>> _pages = new();
    private Func<HttpContext, Task>? _otherwise;

    private Site(WebApplication app) => _app = app;

    public ConcurrentQueue<Visit> Visits { get; } = [];

    /// <summary>Such as <c>http://127.0.0.2:1234</c>.</summary>
    public string Address => _app.Urls.First();

    public int Port => new Uri(Address).Port;

    /// <param name="host">127.0.0.2 is allowed by <see cref="SourcesHost"/>, 127.0.0.1 is not.</param>
    public static async Task<Site> StartAsync(string host = "127.0.0.2")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{host}:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MinResponseDataRate = null);
        var app = builder.Build();
        Site site = new(app);
        app.Run(site.AnswerAsync);
        await app.StartAsync();
        return site;
    }

    public string[] Paths => [.. Visits.Select(visit => visit.Path)];

    public int Count(string path) => Visits.Count(visit => visit.Path == path);

    /// <returns>The page's address.</returns>
    public string On(string path, Func<HttpContext, Task> answer)
    {
        _pages[path] = answer;
        return Address + path;
    }

    public string On(string path, string content, string type = "text/html; charset=utf-8", params (string Name, string Value)[] headers) => On(path, http =>
    {
        foreach (var (name, value) in headers)
        {
            http.Response.Headers[name] = value;
        }

        http.Response.ContentType = type;
        return http.Response.WriteAsync(content, http.RequestAborted);
    });

    public string On(string path, int status, params (string Name, string Value)[] headers) => On(path, http =>
    {
        foreach (var (name, value) in headers)
        {
            http.Response.Headers[name] = value;
        }

        http.Response.StatusCode = status;
        return Task.CompletedTask;
    });

    public string On(string path, byte[] content, string type) => On(path, http =>
    {
        http.Response.ContentType = type;
        return http.Response.Body.WriteAsync(content, http.RequestAborted).AsTask();
    });

    /// <summary>A page that says 304 to who has it already.</summary>
    public string OnTagged(string path, string tag, string content) => On(path, http =>
    {
        http.Response.Headers.ETag = tag;
        if (http.Request.Headers.IfNoneMatch == tag)
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(content, http.RequestAborted);
    });

    /// <summary>What all other pages answer; 404 unless told.</summary>
    public void Otherwise(Func<HttpContext, Task> answer) => _otherwise = answer;

    /// <summary>A page with these links.</summary>
    public static string Page(string title, params string[] links) =>
        $"<!doctype html><html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>This page is about {title} and nothing else.</p>"
        + string.Concat(links.Select((link, i) => string.Create(CultureInfo.InvariantCulture, $"<p><a href=\"{link}\">Link {i}</a></p>")))
        + "</main></body></html>";

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource at = new(TimeSpan.FromSeconds(1));
        await _app.StopAsync(at.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        string path = http.Request.Path.Value + http.Request.QueryString;
        Visits.Enqueue(new(
            path, http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            TimeProvider.System.GetUtcNow()));
        if (_pages.TryGetValue(path, out var answer))
        {
            await answer(http);
        }
        else if (_otherwise is { } otherwise && path != "/robots.txt")
        {
            await otherwise(http);
        }
        else
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        }
    }
}
