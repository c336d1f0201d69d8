using System.Text.Json;
using AiSaas.Llm.Routing;
using AiSaas.Tests.Llm.Simulator;
using Microsoft.Extensions.AI;

namespace AiSaas.Tests.Llm.Providers;

public sealed class OpenAIProviderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly ChatMessage[] Question = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "When are refunds paid?")];

    private static IChatClient Client(ProviderSimulator simulator, params (string, string)[] more) =>
        LlmHost.Models([("OPENAI_API_KEY", "sk-test"), ("OPENAI_BASE_URL", simulator.Address + "/v1"), .. more]).Get("gpt-sim");

    [Fact]
    public async Task An_answer_comes_with_its_usage_and_finish_reason()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script());

        var response = await Client(simulator).GetResponseAsync(Question, new() { Temperature = 0, MaxOutputTokens = 50 }, Cancellation);

        Assert.Equal("Paid within fourteen days [1].", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal((20, 5, 8), (response.Usage?.InputTokenCount, response.Usage?.OutputTokenCount, response.Usage?.CachedInputTokenCount));
        var call = Assert.Single(simulator.Calls);
        Assert.Equal("Bearer sk-test", call.Authorization);
        Assert.Equal("gpt-sim", call.Body.GetProperty("model").GetString());
        Assert.Equal("system", call.Body.GetProperty("messages")[0].GetProperty("role").GetString());
        var attempt = Assert.Single(AttemptLog.Of(response)!.Attempts);
        Assert.Equal(("openai", "gpt-sim", AttemptOutcome.Succeeded), (attempt.Provider, attempt.Model, attempt.Outcome));
    }

    [Fact]
    public async Task A_stream_gives_each_token_and_the_usage_that_was_asked_for()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script());

        var updates = await Client(simulator).GetStreamingResponseAsync(Question, cancellationToken: Cancellation).ToListAsync(Cancellation);

        Assert.Equal(["Paid", " within", " fourteen", " days", " [1]."], updates.Select(update => update.Text).Where(text => text.Length > 0));
        var response = updates.ToChatResponse();
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(25, response.Usage?.TotalTokenCount);
        Assert.True(simulator.Calls[0].Body.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        Assert.Equal(AttemptOutcome.Succeeded, AttemptLog.Of(updates[0])!.Attempts.Single().Outcome);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tool_call_arrives_whole_though_its_arguments_come_in_pieces(bool stream)
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script { Tool = ("weather", ["{\"ci", "ty\":\"Zü", "rich\"}"]) });
        var tool = AIFunctionFactory.Create((string city) => city, "weather", "Tells the weather.");
        ChatOptions options = new() { Tools = [tool], ToolMode = ChatToolMode.RequireAny };

        var client = Client(simulator);
        var response = stream
            ? await client.GetStreamingResponseAsync(Question, options, Cancellation).ToChatResponseAsync(Cancellation)
            : await client.GetResponseAsync(Question, options, Cancellation);

        var call = Assert.Single(response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());
        Assert.Equal(("call_1", "weather", "Zürich"), (call.CallId, call.Name, call.Arguments!["city"]?.ToString()));
        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
        Assert.Equal("required", simulator.Calls[0].Body.GetProperty("tool_choice").GetString());
        Assert.Equal("weather", simulator.Calls[0].Body.GetProperty("tools")[0].GetProperty("function").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Tool_results_images_and_a_schema_go_out_in_the_api_s_shape()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script());
        using var schema = JsonDocument.Parse("""{"type":"object","properties":{"days":{"type":"integer"}}}""");
        ChatMessage[] messages =
        [
            new(ChatRole.User, [new TextContent("What is this?"), new DataContent(new byte[] { 1, 2, 3 }, "image/png")]),
            new(ChatRole.Assistant, [new FunctionCallContent("call_1", "weather", new Dictionary<string, object?> { ["city"] = "Bern" })]),
            new(ChatRole.Tool, [new FunctionResultContent("call_1", new { degrees = 21 })]),
        ];

        await Client(simulator).GetResponseAsync(
            messages, new() { ResponseFormat = ChatResponseFormat.ForJsonSchema(schema.RootElement, "stay"), Instructions = "Answer in JSON." }, Cancellation);

        var body = simulator.Calls[0].Body;
        var sent = body.GetProperty("messages");
        Assert.Equal("system", sent[0].GetProperty("role").GetString());
        Assert.StartsWith("data:image/png;base64,AQID", sent[1].GetProperty("content")[1].GetProperty("image_url").GetProperty("url").GetString(), StringComparison.Ordinal);
        using var arguments = JsonDocument.Parse(sent[2].GetProperty("tool_calls")[0].GetProperty("function").GetProperty("arguments").GetString()!);
        Assert.Equal("Bern", arguments.RootElement.GetProperty("city").GetString());
        Assert.Equal(("tool", "call_1"), (sent[3].GetProperty("role").GetString(), sent[3].GetProperty("tool_call_id").GetString()));
        Assert.Contains("21", sent[3].GetProperty("content").GetString(), StringComparison.Ordinal);
        Assert.Equal("stay", body.GetProperty("response_format").GetProperty("json_schema").GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_refused_key_is_never_repeated_in_the_error()
    {
        await using var simulator = await ProviderSimulator.StartAsync(Script.Fails(401, "invalid_api_key", "Incorrect API key provided: sk-test."));

        var error = await Assert.ThrowsAsync<ModelCallException>(() => Client(simulator).GetResponseAsync(Question, cancellationToken: Cancellation));

        Assert.Equal((ModelErrorClass.KeyRefused, 401), (error.Failure.Class, error.Failure.Status));
        Assert.DoesNotContain("sk-test", error.ToString(), StringComparison.Ordinal);
        Assert.Single(simulator.Calls);
    }

    [Theory]
    [InlineData(429, null, ModelErrorClass.RateLimited)]
    [InlineData(500, null, ModelErrorClass.ServerError)]
    [InlineData(503, null, ModelErrorClass.ServerError)]
    [InlineData(400, "context_length_exceeded", ModelErrorClass.ContextTooLong)]
    [InlineData(400, "content_filter", ModelErrorClass.ContentRefused)]
    [InlineData(404, "model_not_found", ModelErrorClass.BadRequest)]
    public async Task Errors_are_told_apart_and_never_retried_in_secret(int status, string? code, ModelErrorClass expected)
    {
        await using var simulator = await ProviderSimulator.StartAsync(Script.Fails(status, code, retryAfter: 7));

        var error = await Assert.ThrowsAsync<ModelCallException>(() =>
            Client(simulator).GetStreamingResponseAsync(Question, cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask());

        Assert.Equal((expected, status), (error.Failure.Class, error.Failure.Status));
        Assert.Equal(TimeSpan.FromSeconds(7), error.Failure.RetryAfter);
        Assert.Single(simulator.Calls);
    }

    [Fact]
    public async Task Embeddings_are_fetched_in_bounded_batches()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script());
        using var provider = LlmHost.Build(
            ("Gateway:Providers:mine:Kind", "openai-compatible"), ("Gateway:Providers:mine:BaseUrl", simulator.Address + "/v1"),
            ("Gateway:Embeddings:small:Provider", "mine"), ("Gateway:Embeddings:small:Model", "embed-sim"), ("Gateway:Embeddings:small:Dimensions", "3"),
            ("Gateway:DefaultEmbeddingModel", "small"));
        var embedder = (IEmbeddingGenerator<string, Embedding<float>>)provider.GetService(typeof(IEmbeddingGenerator<string, Embedding<float>>))!;

        var embeddings = await embedder.GenerateAsync(Enumerable.Range(0, 200).Select(number => $"text {number}"), cancellationToken: Cancellation);

        Assert.Equal(200, embeddings.Count);
        // (0.25, -0.5, 1) at unit length.
        Assert.Equal([0.218f, -0.436f, 0.873f], embeddings[199].Vector.ToArray().Select(number => MathF.Round(number, 3)));
        Assert.Equal(600, embeddings.Usage?.InputTokenCount);
        Assert.Equal([96, 96, 8], simulator.Calls.Select(call => call.Body.GetProperty("input").GetArrayLength()));
    }
}
