using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;

namespace AiSaas.Tests.Gateway.Clients;

/// <summary>OpenAI's own client for .NET, unmodified: only its address and its key are ours.</summary>
public sealed class OpenAIClientTests(ClientsHost host) : IClassFixture<ClientsHost>
{
    private static readonly ChatMessage[] Question = [new SystemChatMessage("Be brief."), new UserChatMessage("When are refunds paid?")];

    private static readonly ChatTool Weather = ChatTool.CreateFunctionTool(
        "weather", "Tells the weather.", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}"""));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private OpenAIClientOptions Options => new() { Endpoint = new Uri(host.Api, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) };

    private ChatClient Chat(string model, string? key = null) => new(model, new ApiKeyCredential(key ?? host.Key), Options);

    [Fact]
    public async Task An_answer_comes_whole_with_its_usage()
    {
        ChatCompletion completion = await Chat("sim-chat").CompleteChatAsync(Question, cancellationToken: Cancellation);

        Assert.Equal("Paid within fourteen days [1].", completion.Content[0].Text);
        Assert.Equal(ChatFinishReason.Stop, completion.FinishReason);
        Assert.Equal((20, 5, 8), (completion.Usage.InputTokenCount, completion.Usage.OutputTokenCount, completion.Usage.InputTokenDetails.CachedTokenCount));
    }

    [Theory]
    [InlineData("sim-chat")]
    [InlineData("claude-chat")]
    public async Task A_stream_gives_each_token_and_ends_with_the_usage(string model)
    {
        List<string> tokens = [];
        ChatTokenUsage? usage = null;
        await foreach (var update in Chat(model).CompleteChatStreamingAsync(Question, cancellationToken: Cancellation))
        {
            tokens.AddRange(update.ContentUpdate.Select(part => part.Text).Where(text => text.Length > 0));
            usage = update.Usage ?? usage;
        }

        Assert.Equal(["Paid", " within", " fourteen", " days", " [1]."], tokens);
        Assert.Equal((20, 5), (usage?.InputTokenCount, usage?.OutputTokenCount));
    }

    [Theory]
    [InlineData("sim-tool")]
    [InlineData("claude-tool")]
    public async Task A_tool_is_called_and_its_result_is_read(string model)
    {
        ChatCompletionOptions options = new() { Tools = { Weather } };
        ChatCompletion first = await Chat(model).CompleteChatAsync(Question, options, Cancellation);

        var call = Assert.Single(first.ToolCalls);
        Assert.Equal(ChatFinishReason.ToolCalls, first.FinishReason);
        Assert.Equal("Zürich", JsonDocument.Parse(call.FunctionArguments).RootElement.GetProperty("city").GetString());

        ChatCompletion second = await Chat(model).CompleteChatAsync(
            [.. Question, new AssistantChatMessage(first), new ToolChatMessage(call.Id, "21 degrees")], options, Cancellation);
        Assert.Equal("The tool said: 21 degrees", second.Content[0].Text);
    }

    [Fact]
    public async Task A_schema_an_image_and_log_probabilities_pass()
    {
        ChatCompletionOptions options = new()
        {
            ResponseFormat = ChatResponseFormat.CreateJsonSchemaFormat("stay", BinaryData.FromString("""{"type":"object","properties":{}}"""), jsonSchemaIsStrict: true),
            IncludeLogProbabilities = true,
        };
        UserChatMessage message = new(
            ChatMessageContentPart.CreateTextPart("What is this?"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes([1, 2, 3]), "image/png"));

        ChatCompletion completion = await Chat("sim-chat").CompleteChatAsync([message], options, Cancellation);

        Assert.Equal("""{"schema":"stay"}""", completion.Content[0].Text);
        Assert.Equal(3, completion.ContentTokenLogProbabilities.Count);
        var sent = host.Simulator.Calls.Last(call => call.Model == "sim-chat" && call.Body.TryGetProperty("logprobs", out _)).Body;
        Assert.Equal("data:image/png;base64,AQID", sent.GetProperty("messages")[0].GetProperty("content")[1].GetProperty("image_url").GetProperty("url").GetString());
        Assert.True(sent.GetProperty("response_format").GetProperty("json_schema").GetProperty("strict").GetBoolean());
    }

    [Fact]
    public async Task Embeddings_come_in_a_batch_and_as_long_as_asked_for()
    {
        EmbeddingClient client = new("sim-embed", new ApiKeyCredential(host.Key), Options);

        OpenAIEmbeddingCollection found = await client.GenerateEmbeddingsAsync(["one", "two"], new() { Dimensions = 4 }, Cancellation);

        Assert.Equal(2, found.Count);
        Assert.Equal([0.25f, -0.5f, 1f, 0.25f], found[1].ToFloats().ToArray());
        Assert.Equal(6, found.Usage.InputTokenCount);
    }

    [Fact]
    public async Task Models_are_listed()
    {
        OpenAIModelClient client = new(new ApiKeyCredential(host.Key), Options);

        OpenAIModelCollection models = await client.GetModelsAsync(Cancellation);

        Assert.Contains(models, model => model.Id == "sim-chat");
        Assert.Equal("sim-chat", (await client.GetModelAsync("sim-chat", Cancellation)).Value.Id);
    }

    [Theory]
    [InlineData("no-such-model", 404)]
    [InlineData("sim-bad", 400)]
    [InlineData("sim-rate", 429)]
    public async Task Errors_keep_their_status(string model, int status)
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() => Chat(model).CompleteChatAsync(Question, cancellationToken: Cancellation));

        Assert.Equal(status, error.Status);
        Assert.True(status != 429 || error.GetRawResponse()!.Headers.TryGetValue("retry-after", out _), "429 without Retry-After");
    }

    [Fact]
    public async Task A_wrong_key_is_refused()
    {
        var error = await Assert.ThrowsAsync<ClientResultException>(() => Chat("sim-chat", "sk-ais-wrong").CompleteChatAsync(Question, cancellationToken: Cancellation));

        Assert.Equal(401, error.Status);
    }

    [Fact]
    public async Task Hanging_up_in_the_middle_reaches_the_provider()
    {
        using CancellationTokenSource hangUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var update in Chat("sim-slow").CompleteChatStreamingAsync(Question, cancellationToken: hangUp.Token))
            {
                if (update.ContentUpdate.Count > 0)
                {
                    await hangUp.CancelAsync();
                }
            }
        });

        await host.Simulator.Calls.Last(call => call.Model == "sim-slow").Aborted.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancellation);
    }
}
