// The client's Responses are still marked as experimental by OpenAI.
#pragma warning disable OPENAI001
using System.ClientModel;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenAI.Responses;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>OpenAI's own client reads what the dialect writes, over a real socket.</summary>
public sealed class ClientTests
{
    private static readonly string[] Chunks =
    [
        Chat.Delta(new { role = "assistant", reasoning_content = "Hmm." }), Chat.Text("Let me "), Chat.Text("look."),
        Chat.Delta(new { tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function = new { name = "look", arguments = "{\"at\":" } } } }),
        Chat.Delta(new { tool_calls = new[] { new { index = 0, function = new { arguments = "\"x\"}" } } } }),
        Chat.Delta(new { }, "tool_calls"), Chat.Usage,
    ];

    [Fact]
    public async Task It_reads_a_whole_response()
    {
        await using var server = await ServeAsync(body => Chat.Whole("""
            {"created":1790000000,"model":"gpt-up-1","choices":[{"message":{"reasoning_content":"Hm.","content":"Hello","tool_calls":[{"id":"call_1","type":"function","function":{"name":"look","arguments":"{}"}}]},"finish_reason":"tool_calls"}],
             "usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}
            """, body).ToJsonString(), "application/json");

        ResponseResult response = await Client(server).CreateResponseAsync(Options(), TestContext.Current.CancellationToken);

        Assert.Equal(ResponseStatus.Completed, response.Status);
        Assert.Equal("Hello", response.GetOutputText());
        Assert.Equal("gpt-up-1", response.Model);
        Assert.Equal((12, 4, 7, 3, 19), (response.Usage.InputTokenCount, response.Usage.InputTokenDetails.CachedTokenCount, response.Usage.OutputTokenCount, response.Usage.OutputTokenDetails.ReasoningTokenCount, response.Usage.TotalTokenCount));
        Assert.Equal("Be brief.", Assert.IsType<MessageResponseItem>(Assert.Single(response.Instructions), exactMatch: false).Content[0].Text);
        Assert.IsType<ReasoningResponseItem>(response.OutputItems[0]);
        var call = Assert.IsType<FunctionCallResponseItem>(response.OutputItems[2]);
        Assert.Equal(("call_1", "look"), (call.CallId, call.FunctionName));
        Assert.IsType<FunctionTool>(Assert.Single(response.Tools));
    }

    [Fact]
    public async Task It_reads_a_stream()
    {
        await using var server = await ServeAsync(body => System.Text.Encoding.UTF8.GetString(Chat.StreamBytes(Chunks, body)), "text/event-stream");
        var options = Options();
        options.StreamingEnabled = true;
        string text = "", arguments = "";
        List<string> kinds = [];
        ResponseResult? last = null;
        await foreach (var update in Client(server).CreateResponseStreamingAsync(options, TestContext.Current.CancellationToken))
        {
            Assert.Equal(kinds.Count, update.SequenceNumber);
            kinds.Add(update.GetType().Name);
            text += update is StreamingResponseOutputTextDeltaUpdate said ? said.Delta : "";
            arguments += update is StreamingResponseFunctionCallArgumentsDeltaUpdate called ? called.Delta.ToString() : "";
            last = update is StreamingResponseCompletedUpdate completed ? completed.Response : last;
        }

        Assert.Equal("Let me look.", text);
        Assert.Equal("""{"at":"x"}""", arguments);
        Assert.Equal(ResponseStatus.Completed, last!.Status);
        Assert.Equal("Let me look.", last.GetOutputText());
        Assert.Equal(19, last.Usage.TotalTokenCount);
        Assert.Equal(nameof(StreamingResponseCreatedUpdate), kinds[0]);
        Assert.Contains(nameof(StreamingResponseOutputItemDoneUpdate), kinds);
    }

    private static CreateResponseOptions Options()
    {
        CreateResponseOptions options = new() { Model = "m", Instructions = "Be brief." };
        options.InputItems.Add(ResponseItem.CreateUserMessageItem("hi"));
        options.Tools.Add(ResponseTool.CreateFunctionTool("look", BinaryData.FromString("""{"type":"object","properties":{}}"""), strictModeEnabled: false));
        return options;
    }

    private static ResponsesClient Client(WebApplication server) =>
        new(new ApiKeyCredential("key"), new ResponsesClientOptions { Endpoint = new Uri(server.Urls.Single() + "/v1") });

    // The request is the client's own, so the echo is what the real one sends.
    private static async Task<WebApplication> ServeAsync(Func<string, string> answer, string type)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.MapPost("/v1/responses", async (HttpContext context) =>
        {
            using StreamReader reader = new(context.Request.Body);
            string body = await reader.ReadToEndAsync(context.RequestAborted);
            Assert.NotNull(JsonNode.Parse(Chat.Request(body).ToJsonString())!["tools"]![0]!["function"]!["name"]);
            context.Response.ContentType = type;
            await context.Response.WriteAsync(answer(body), context.RequestAborted);
        });
        await app.StartAsync();
        return app;
    }
}
