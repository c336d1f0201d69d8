using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Batches;

/// <summary>A provider of chat completions and embeddings whose models each behave in their own way; an answer repeats its prompt.</summary>
/// <remarks><c>plain</c> answers at once, <c>slow</c> after 20 ms, <c>wait</c> not before <see cref="Go"/>, <c>fails</c> with 500, <c>bad</c>
/// with 400, <c>limited</c> with 429 the first three times.</remarks>
internal sealed class EchoProvider : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, int> _asked = new();
    private int _limited;
    private int _left;

    private EchoProvider(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single() + "/v1";

    /// <summary>How often each prompt came.</summary>
    public IReadOnlyDictionary<string, int> Asked => _asked;

    /// <summary>How many callers hung up before the end.</summary>
    public int Left => Volatile.Read(ref _left);

    public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<EchoProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        EchoProvider provider = new(app);
        app.MapPost("/v1/chat/completions", provider.AnswerAsync);
        app.MapPost("/v1/embeddings", context => WriteAsync(
            context, 200, """{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,0.25]}],"model":"embed","usage":{"prompt_tokens":3,"total_tokens":3}}"""));
        await app.StartAsync();
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        Go.TrySetResult();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        try
        {
            var request = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
            string prompt = (string?)request["messages"]!.AsArray()[^1]!["content"] ?? "";
            _asked.AddOrUpdate(prompt, 1, (_, times) => times + 1);
            switch ((string)request["model"]!)
            {
                case "fails":
                    await WriteAsync(context, 500, """{"error":{"message":"Out of order","type":"server_error"}}""");
                    return;
                case "bad":
                    await WriteAsync(context, 400, """{"error":{"message":"temperature is out of range","type":"invalid_request_error","code":"unsupported_value"}}""");
                    return;
                case "limited" when Interlocked.Increment(ref _limited) <= 3:
                    context.Response.Headers.RetryAfter = "1";
                    await WriteAsync(context, 429, """{"error":{"message":"Slow down","type":"requests","code":"rate_limit_exceeded"}}""");
                    return;
                case "slow":
                    await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, context.RequestAborted);
                    break;
                case "wait":
                    await Go.Task.WaitAsync(context.RequestAborted);
                    break;
            }

            // Over several lines, as some providers write.
            await WriteAsync(context, 200, $$$"""
                {
                  "id": "c", "object": "chat.completion", "created": 1790000000, "model": "echo-0001",
                  "choices": [{"index": 0, "message": {"role": "assistant", "content": {{{JsonValue.Create("You said: " + prompt).ToJsonString()}}}}, "finish_reason": "stop"}],
                  "usage": {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19}
                }
                """);
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _left);
        }
    }

    private static async Task WriteAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(json, context.RequestAborted);
    }
}
