using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Llm.Providers;

/// <param name="Headers">By lower-case name.</param>
internal sealed record JsonCall(string Path, IReadOnlyDictionary<string, string> Headers, JsonElement Body)
{
    public string? Text(string name) => Body.TryGetProperty(name, out var value) ? value.GetString() : null;

    public IReadOnlyList<string> Texts(string name) => [.. Body.GetProperty(name).EnumerateArray().Select(text => text.GetString()!)];
}

/// <summary>A provider on a real socket that keeps what it is asked, and answers as the test says: status and JSON, or an object.</summary>
internal sealed class JsonProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<JsonCall> _calls = new();

    private JsonProvider(WebApplication app) => _app = app;

    public IReadOnlyList<JsonCall> Calls => [.. _calls];

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static Task<JsonProvider> StartAsync(params string[] answers)
    {
        int next = -1;
        return StartAsync((_, _) => Task.FromResult<(int, object)>((200, answers[Math.Min(Interlocked.Increment(ref next), answers.Length - 1)])));
    }

    public static async Task<JsonProvider> StartAsync(Func<JsonCall, CancellationToken, Task<(int Status, object Answer)>> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        JsonProvider provider = new(app);
        app.MapPost("/{**path}", async context =>
        {
            using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            JsonCall call = new(
                context.Request.Path, context.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
                body.RootElement.Clone());
            provider._calls.Enqueue(call);
            try
            {
                var (status, said) = await answer(call, context.RequestAborted);
                context.Response.StatusCode = status;
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(said as string ?? JsonSerializer.Serialize(said), context.RequestAborted);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                // The caller has hung up.
            }
        });
        await app.StartAsync();
        return provider;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
