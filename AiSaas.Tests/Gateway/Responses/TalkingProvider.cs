using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>A provider of chat completions whose models each behave in their own way.</summary>
/// <remarks><c>plain</c> repeats the last thing it was told, <c>tool</c> calls a function until it has seen an output, <c>stall</c> says
/// a few words and waits for <see cref="Go"/>, <c>slow</c> says a word every 20 ms, <c>dies</c> hangs up after two words, <c>fails</c>
/// answers 500. It also has an answer of its own to <c>/v1/responses</c>, always the same.</remarks>
internal sealed class TalkingProvider : IAsyncDisposable
{
    public const int SlowWords = 150;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<JsonNode> _requests = new();
    private int _left;

    private TalkingProvider(WebApplication app) => _app = app;

    public IReadOnlyList<JsonNode> Requests => [.. _requests];

    /// <summary>How many callers hung up before the end.</summary>
    public int Left => Volatile.Read(ref _left);

    public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Address => _app.Urls.Single() + "/v1";

    public static async Task<TalkingProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        TalkingProvider provider = new(app);
        app.MapPost("/v1/chat/completions", provider.AnswerAsync);
        app.MapPost("/v1/responses", provider.RespondAsync);
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
        var request = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        _requests.Enqueue(request);
        try
        {
            switch ((string)request["model"]!)
            {
                case "fails":
                    context.Response.StatusCode = 500;
                    await context.Response.WriteAsync("""{"error":{"message":"Out of order","type":"server_error"}}""", context.RequestAborted);
                    break;
                case "tool" when !request["messages"]!.AsArray().Any(message => (string?)message!["role"] == "tool"):
                    await SayAsync(context, request, [Chat.Delta(new { tool_calls = new[] { new { index = 0, id = "call_7", type = "function", function = new { name = "look", arguments = "{\"at\":\"x\"}" } } } })], "tool_calls");
                    break;
                case "slow":
                    await SayAsync(context, request, Enumerable.Range(0, SlowWords).Select(word => Chat.Text($"w{word} ")), "stop", TimeSpan.FromMilliseconds(20));
                    break;
                case "stall":
                    await SayAsync(context, request, [Chat.Text("One "), Chat.Text("two "), Chat.Text("three")], "stop", stall: true);
                    break;
                case "dies":
                    await SayAsync(context, request, [Chat.Text("One "), Chat.Text("two ")], "stop", dies: true);
                    break;
                default:
                    await SayAsync(context, request, $"You said: {Last(request)}".Split(' ').Select((word, place) => Chat.Text(place == 0 ? word : " " + word)), "stop");
                    break;
            }
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref _left);
        }
    }

    private async Task RespondAsync(HttpContext context)
    {
        var request = (await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;
        _requests.Enqueue(request);
        const string Item = """{"id":"msg_native","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Native","annotations":[]}]}""";
        const string Ended = """{ "id": "resp_native", "object": "response", "created_at": 1790000000, "status": "completed", "model": "native-1", "output": [ """ + Item + """ ], "previous_response_id": null, "store": false, "x_new": 1.50, "usage": {"input_tokens": 3, "output_tokens": 1, "total_tokens": 4} }""";
        if (!((bool?)request["stream"] ?? false))
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(Ended, context.RequestAborted);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        string begun = Ended.Replace("\"completed\", \"model\"", "\"in_progress\", \"model\"", StringComparison.Ordinal).Replace(Item, "", StringComparison.Ordinal);
        string[] events =
        [
            $$"""{"type":"response.created","response":{{begun}},"sequence_number":0}""",
            $$"""{"type":"response.in_progress","response":{{begun}},"sequence_number":1}""",
            """{"type":"response.output_item.added","output_index":0,"item":{"id":"msg_native","type":"message","status":"in_progress","role":"assistant","content":[]},"sequence_number":2}""",
            """{"type":"response.content_part.added","item_id":"msg_native","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]},"sequence_number":3}""",
            """{"type":"response.output_text.delta","item_id":"msg_native","output_index":0,"content_index":0,"delta":"Native","logprobs":[],"sequence_number":4}""",
            $$"""{"type":"response.output_item.done","output_index":0,"item":{{Item}},"sequence_number":5}""",
            $$"""{"type":"response.completed","response":{{Ended}},"sequence_number":6}""",
        ];
        foreach (string one in events)
        {
            await context.Response.WriteAsync($"event: {JsonNode.Parse(one)!["type"]}\n", context.RequestAborted);
            await WriteAsync(context, one);
        }
    }

    private async Task SayAsync(
        HttpContext context, JsonNode request, IEnumerable<string> chunks, string finish, TimeSpan pace = default, bool stall = false,
        bool dies = false)
    {
        if (!((bool?)request["stream"] ?? false))
        {
            List<JsonNode> deltas = [.. chunks.Select(chunk => JsonNode.Parse(chunk)!["choices"]![0]!["delta"]!)];
            JsonObject message = new() { ["role"] = "assistant", ["content"] = string.Concat(deltas.Select(delta => (string?)delta["content"])) };
            if (deltas.Find(delta => delta["tool_calls"] is not null) is { } call)
            {
                message["tool_calls"] = call["tool_calls"]!.DeepClone();
            }

            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(
                $$$"""{"id":"c","object":"chat.completion","created":1790000000,"model":"{{{request["model"]}}}-0001","choices":[{"index":0,"message":{{{message.ToJsonString()}}},"finish_reason":"{{{finish}}}"}],"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19}}""",
                context.RequestAborted);
            return;
        }

        context.Response.ContentType = "text/event-stream";
        foreach (string chunk in chunks)
        {
            await WriteAsync(context, chunk);
            if (pace > TimeSpan.Zero)
            {
                await Task.Delay(pace, TimeProvider.System, context.RequestAborted);
            }
        }

        if (dies)
        {
            // Tearing down drops what the peer has not read yet, and nothing tells when it has.
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, context.RequestAborted);
            context.Abort();
            return;
        }

        if (stall)
        {
            await Go.Task.WaitAsync(context.RequestAborted);
        }

        await WriteAsync(context, Chat.Delta(new { }, finish));
        await WriteAsync(context, Chat.Usage);
        await WriteAsync(context, "[DONE]");
    }

    private static async Task WriteAsync(HttpContext context, string data)
    {
        await context.Response.WriteAsync($"data: {data}\n\n", context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private static string Last(JsonNode request) => request["messages"]!.AsArray()[^1]!["content"] is JsonValue text ? (string)text! : "parts";
}
