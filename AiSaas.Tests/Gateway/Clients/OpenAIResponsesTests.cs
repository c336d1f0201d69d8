#pragma warning disable OPENAI001 // The client calls its Responses part experimental.
using System.ClientModel;
using System.ClientModel.Primitives;
using AiSaas.Tests.Infrastructure;
using OpenAI.Responses;

namespace AiSaas.Tests.Gateway.Clients;

/// <summary>The Responses part of OpenAI's own client for .NET.</summary>
public sealed class OpenAIResponsesTests(ClientsHost host) : IClassFixture<ClientsHost>
{
    private const string Question = "When are refunds paid?";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private ResponsesClient Client => new(
        new ApiKeyCredential(host.Key), new ResponsesClientOptions { Endpoint = new Uri(host.Api, "/v1"), RetryPolicy = new ClientRetryPolicy(maxRetries: 0) });

    [Theory]
    [InlineData("sim-chat")]
    [InlineData("claude-chat")]
    public async Task An_answer_comes_whole_is_kept_and_can_be_deleted(string model)
    {
        ResponseResult made = await Client.CreateResponseAsync(model, Question, cancellationToken: Cancellation);
        Assert.Equal("Paid within fourteen days [1].", made.GetOutputText());
        Assert.Equal(ResponseStatus.Completed, made.Status);
        Assert.Equal((20, 5), (made.Usage.InputTokenCount, made.Usage.OutputTokenCount));

        ResponseResult found = await Client.GetResponseAsync(made.Id, Cancellation);
        Assert.Equal(made.GetOutputText(), found.GetOutputText());

        await Client.DeleteResponseAsync(made.Id, Cancellation);
        var gone = await Assert.ThrowsAsync<ClientResultException>(() => Client.GetResponseAsync(made.Id, Cancellation));
        Assert.Equal(404, gone.Status);
    }

    [Fact]
    public async Task A_stream_gives_each_token_in_numbered_events()
    {
        List<StreamingResponseUpdate> updates = [];
        await foreach (var update in Client.CreateResponseStreamingAsync("sim-chat", Question, cancellationToken: Cancellation))
        {
            updates.Add(update);
        }

        Assert.Equal("Paid within fourteen days [1].", string.Concat(updates.OfType<StreamingResponseOutputTextDeltaUpdate>().Select(update => update.Delta)));
        Assert.IsType<StreamingResponseCreatedUpdate>(updates[0]);
        Assert.IsType<StreamingResponseCompletedUpdate>(updates[^1]);
        Assert.Equal(Enumerable.Range(updates[0].SequenceNumber, updates.Count), updates.Select(update => update.SequenceNumber));
    }

    [Fact]
    public async Task A_tool_is_called_and_its_result_is_read_by_reference_to_the_first_answer()
    {
        CreateResponseOptions options = new("sim-tool", [ResponseItem.CreateUserMessageItem(Question)]) { Tools = { Weather } };
        ResponseResult first = await Client.CreateResponseAsync(options, Cancellation);
        var call = Assert.Single(first.OutputItems.OfType<FunctionCallResponseItem>());

        ResponseResult second = await Client.CreateResponseAsync(
            new CreateResponseOptions("sim-tool", [ResponseItem.CreateFunctionCallOutputItem(call.CallId, "21 degrees")])
            {
                PreviousResponseId = first.Id,
                Tools = { Weather },
            },
            Cancellation);

        Assert.Equal("The tool said: 21 degrees", second.GetOutputText());
    }

    [Fact]
    public async Task An_answer_made_in_the_background_is_waited_for_and_another_is_canceled()
    {
        ResponseResult started = await Client.CreateResponseAsync(InBackground("sim-chat"), Cancellation);
        var done = await SettledAsync(started.Id);
        Assert.Equal("Paid within fourteen days [1].", done.GetOutputText());

        ResponseResult slow = await Client.CreateResponseAsync(InBackground("sim-slow"), Cancellation);
        await Client.CancelResponseAsync(slow.Id, Cancellation);
        Assert.Equal(ResponseStatus.Cancelled, (await SettledAsync(slow.Id)).Status);
    }

    private static FunctionTool Weather => ResponseTool.CreateFunctionTool(
        "weather", BinaryData.FromString("""{"type":"object","properties":{"city":{"type":"string"}}}"""), strictModeEnabled: false);

    private static CreateResponseOptions InBackground(string model) =>
        new(model, [ResponseItem.CreateUserMessageItem(Question)]) { BackgroundModeEnabled = true };

    private Task<ResponseResult> SettledAsync(string id) => Eventually.GetAsync(
        async () => (await Client.GetResponseAsync(id, Cancellation)).Value is { Status: not (ResponseStatus.Queued or ResponseStatus.InProgress) } settled ? settled : null,
        $"response {id} settles");
}
