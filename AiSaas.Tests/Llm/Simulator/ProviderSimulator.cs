using System.Collections.Concurrent;
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
}

/// <summary>A provider on a real socket that speaks OpenAI's and Anthropic's APIs and misbehaves as scripted.</summary>
/// <remarks>Scripts are taken in order, the last one again and again.</remarks>
internal sealed class ProviderSimulator : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SimulatedCall> _calls = new();
    private readonly Script[] _scripts;
    private int _next = -1;

    private ProviderSimulator(WebApplication app, Script[] scripts) => (_app, _scripts) = (app, scripts);

    public IReadOnlyList<SimulatedCall> Calls => [.. _calls];

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
        app.MapPost("/v1/embeddings", context => simulator.EmbedAsync(context));
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
        return (_scripts[Math.Min(Interlocked.Increment(ref _next), _scripts.Length - 1)], call);
    }

    private async Task AnswerAsync(HttpContext context, ApiShape shape)
    {
        var (script, call) = await NoteAsync(context);
        bool stream = call.Body.TryGetProperty("stream", out var wanted) && wanted.ValueKind == JsonValueKind.True;
        var cancellation = context.RequestAborted;
        try
        {
            await Task.Delay(script.Latency, TimeProvider.System, cancellation);
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
                await StreamAsync(context, script, shape, cancellation);
            }
            else
            {
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync(shape.Whole(script), cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The caller has hung up; its call says so.
        }
    }

    private static async Task RefuseAsync(HttpContext context, Script script, ApiShape shape, CancellationToken cancellation)
    {
        context.Response.StatusCode = script.Status;
        context.Response.ContentType = "application/json";
        if (script.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(shape.Error(script.ErrorCode ?? "simulated", script.ErrorMessage), cancellation);
    }

    private static async Task StreamAsync(HttpContext context, Script script, ApiShape shape, CancellationToken cancellation)
    {
        context.Response.ContentType = "text/event-stream";
        int sent = 0;
        foreach (string frame in shape.Frames(script))
        {
            if (sent == script.DieAfterFrames)
            {
                // Tearing down drops what the peer has not read yet.
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
                context.Abort();
                return;
            }

            if (sent == script.EndAfterFrames)
            {
                return;
            }

            if (sent == script.StallAfterFrames)
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
            }

            // In two writes, cut inside the frame: readers must not depend on whole frames.
            byte[] bytes = Encoding.UTF8.GetBytes(frame);
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2), cancellation);
            await context.Response.Body.FlushAsync(cancellation);
            await context.Response.Body.WriteAsync(bytes.AsMemory(bytes.Length / 2), cancellation);
            await context.Response.Body.FlushAsync(cancellation);
            sent++;
            if (script.Pace > TimeSpan.Zero)
            {
                await Task.Delay(script.Pace, TimeProvider.System, cancellation);
            }
        }
    }

    private async Task EmbedAsync(HttpContext context)
    {
        var (script, call) = await NoteAsync(context);
        if (script.Status != 200)
        {
            await RefuseAsync(context, script, new OpenAIShape(), context.RequestAborted);
            return;
        }

        int count = call.Body.GetProperty("input").ValueKind == JsonValueKind.Array ? call.Body.GetProperty("input").GetArrayLength() : 1;
        string vector = Convert.ToBase64String(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>((float[])[0.25f, -0.5f, 1f]));
        await context.Response.WriteAsJsonAsync(
            new
            {
                @object = "list",
                model = call.Body.GetProperty("model").GetString(),
                data = Enumerable.Range(0, count).Select(index => new { @object = "embedding", index, embedding = vector }),
                usage = new { prompt_tokens = 3 * count, total_tokens = 3 * count },
            },
            context.RequestAborted);
    }
}
