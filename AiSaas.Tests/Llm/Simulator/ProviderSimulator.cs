using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Llm.Simulator;

/// <summary>What a request to the simulator looked like.</summary>
internal sealed record SimulatedCall(string Path, string? Authorization, JsonElement Body)
{
    /// <summary>Completes when the caller hangs up.</summary>
    public required Task Aborted { get; init; }

    public string? Model => Body.TryGetProperty("model", out var model) ? model.GetString() : null;
}

/// <summary>A provider on a real socket that speaks OpenAI's and Anthropic's APIs and misbehaves as scripted.</summary>
/// <remarks>Scripts are taken in order, the last one again and again; a model in <see cref="Models"/> has its own.
/// <c>GET /calls</c> tells programs outside this process what was asked.</remarks>
internal sealed class ProviderSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SimulatedCall> _calls = new();
    private readonly Script[] _scripts;
    private int _next = -1;

    private ProviderSimulator(WebApplication app, Script[] scripts) => (_app, _scripts) = (app, scripts);

    public IReadOnlyList<SimulatedCall> Calls => [.. _calls];

    /// <summary>Scripts by the name of the model that a request asks for.</summary>
    public ConcurrentDictionary<string, Script> Models { get; } = new();

    /// <summary>Without a path; OpenAI's clients want <c>/v1</c> behind it.</summary>
    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<ProviderSimulator> StartAsync(params Script[] scripts)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        ProviderSimulator simulator = new(app, scripts);
        app.MapPost("/v1/chat/completions", context => simulator.AnswerAsync(context, new OpenAIShape()));
        app.MapPost("/v1/messages", context => simulator.AnswerAsync(context, new AnthropicShape()));
        app.MapPost("/v1/messages/count_tokens", context => simulator.RespondAsync(context, new AnthropicShape(), _ => new { input_tokens = 17 }));
        app.MapPost("/v1/embeddings", context => simulator.RespondAsync(context, new OpenAIShape(), EmbeddingShape.Answer));
        app.MapGet("/calls", context => context.Response.WriteAsJsonAsync(
            simulator.Calls.Select(call => new { call.Path, call.Body, aborted = call.Aborted.IsCompleted }), context.RequestAborted));
        await app.StartAsync();
        return simulator;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task<(Script Script, SimulatedCall Call)> NoteAsync(HttpContext context)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        TaskCompletionSource aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
        context.RequestAborted.Register(aborted.SetResult);
        SimulatedCall call = new(context.Request.Path, context.Request.Headers.Authorization.ToString() is { Length: > 0 } bearer
            ? bearer : context.Request.Headers["x-api-key"].ToString(), body.RootElement.Clone())
        {
            Aborted = aborted.Task,
        };
        _calls.Enqueue(call);
        return call.Model is { } model && Models.TryGetValue(model, out var own)
            ? (own, call)
            : (_scripts[Math.Min(Interlocked.Increment(ref _next), _scripts.Length - 1)], call);
    }

    private async Task AnswerAsync(HttpContext context, ApiShape shape)
    {
        var (script, call) = await NoteAsync(context);
        bool stream = call.Body.TryGetProperty("stream", out var wanted) && wanted.ValueKind == JsonValueKind.True;
        var cancellation = context.RequestAborted;
        try
        {
            await Task.Delay(script.Latency, TimeProvider.System, cancellation);
            foreach (var (name, value) in script.Headers)
            {
                context.Response.Headers[name] = value;
            }

            if (script.Status != 200)
            {
                await RefuseAsync(context, script, shape, cancellation);
            }
            else if (script.RawBody is { } raw)
            {
                context.Response.ContentType = stream ? "text/event-stream" : "application/json";
                await context.Response.WriteAsync(raw, cancellation);
            }
            else if (stream)
            {
                await new SimulatedStream(context, script, shape).WriteAsync(call.Body, cancellation);
            }
            else
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(shape.Whole(script, call.Body), cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The caller has hung up; its call says so.
        }
    }

    private async Task RespondAsync(HttpContext context, ApiShape shape, Func<JsonElement, object> answer)
    {
        var (script, call) = await NoteAsync(context);
        if (script.Status != 200)
        {
            await RefuseAsync(context, script, shape, context.RequestAborted);
            return;
        }

        await context.Response.WriteAsJsonAsync(answer(call.Body), context.RequestAborted);
    }

    private static async Task RefuseAsync(HttpContext context, Script script, ApiShape shape, CancellationToken cancellation)
    {
        context.Response.StatusCode = script.Status;
        context.Response.ContentType = "application/json";
        if (script.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(script.RawBody ?? shape.Error(script.ErrorCode ?? "simulated", script.ErrorMessage), Encoding.UTF8, cancellation);
    }
}
