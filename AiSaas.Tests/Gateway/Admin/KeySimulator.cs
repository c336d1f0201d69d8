using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Gateway.Admin;

/// <summary>A provider that looks at keys: takes all but the revoked ones, and tells what is left of each one's limits.</summary>
internal sealed class KeySimulator : IAsyncDisposable
{
    private const string Answer =
        """{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Fine."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}""";

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _keys = new();

    private KeySimulator(WebApplication app) => _app = app;

    public ConcurrentDictionary<string, bool> Revoked { get; } = new();

    /// <summary>The keys of all calls, in order.</summary>
    public IReadOnlyList<string> Keys => [.. _keys];

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<KeySimulator> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        KeySimulator simulator = new(app);
        app.MapPost("/v1/chat/completions", simulator.AnswerAsync);
        await app.StartAsync();
        return simulator;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        string key = context.Request.Headers.Authorization.ToString()["Bearer ".Length..];
        _keys.Enqueue(key);
        context.Response.ContentType = "application/json";
        if (Revoked.ContainsKey(key))
        {
            context.Response.StatusCode = 401;
            await context.Response.WriteAsync($$$"""{"error":{"message":"Incorrect API key provided: {{{key}}}.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}""");
            return;
        }

        context.Response.Headers["x-ratelimit-limit-requests"] = "500";
        context.Response.Headers["x-ratelimit-remaining-requests"] = "499";
        context.Response.Headers["x-ratelimit-reset-requests"] = "120ms";
        await context.Response.WriteAsync(Answer);
    }
}
