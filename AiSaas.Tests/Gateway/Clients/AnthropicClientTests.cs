using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Anthropic.Models.Messages;

namespace AiSaas.Tests.Gateway.Clients;

/// <summary>Anthropic's own client for .NET, unmodified: only its address and its key are ours.</summary>
public sealed class AnthropicClientTests(ClientsHost host) : IClassFixture<ClientsHost>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private AnthropicClient Client(string? key = null) =>
        new(new ClientOptions { BaseUrl = host.Api.AbsoluteUri.TrimEnd('/'), ApiKey = key ?? host.Key, MaxRetries = 0 });

    private static MessageCreateParams Ask(string model) =>
        new() { Model = model, MaxTokens = 100, System = "Be brief.", Messages = [new UserMessageParam("When are refunds paid?")] };

    [Theory]
    [InlineData("claude-chat")]
    [InlineData("sim-chat")]
    public async Task An_answer_comes_whole_with_its_usage(string model)
    {
        var message = await Client().Messages.Create(Ask(model), Cancellation);

        Assert.True(message.Content[0].TryPickText(out var text));
        Assert.Equal("Paid within fourteen days [1].", text.Text);
        Assert.Equal(StopReason.EndTurn, message.StopReason!.Value());
        Assert.Equal((12, 8, 5), (message.Usage.InputTokens, message.Usage.CacheReadInputTokens, message.Usage.OutputTokens));
    }

    [Theory]
    [InlineData("claude-chat")]
    [InlineData("sim-chat")]
    public async Task A_stream_gives_each_token(string model)
    {
        List<string> tokens = [];
        bool stopped = false;
        await foreach (var one in Client().Messages.CreateStreaming(Ask(model), Cancellation))
        {
            stopped |= one.TryPickStop(out _);
            if (one.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var text))
            {
                tokens.Add(text.Text);
            }
        }

        Assert.Equal("Paid within fourteen days [1].", string.Concat(tokens));
        Assert.True(stopped);
    }

    [Theory]
    [InlineData("claude-tool")]
    [InlineData("sim-tool")]
    public async Task A_tool_is_called_and_its_result_is_read(string model)
    {
        Tool weather = new()
        {
            Name = "weather",
            InputSchema = new() { Properties = new Dictionary<string, JsonElement> { ["city"] = JsonSerializer.SerializeToElement(new { type = "string" }) } },
        };
        var first = await Client().Messages.Create(Ask(model) with { Tools = [weather] }, Cancellation);
        ToolUseBlock? call = null;
        Assert.Contains(first.Content, block => block.TryPickToolUse(out call));
        Assert.Equal("Zürich", call!.Input["city"].GetString());
        Assert.Equal(StopReason.ToolUse, first.StopReason!.Value());

        var second = await Client().Messages.Create(
            Ask(model) with
            {
                Tools = [weather],
                Messages =
                [
                    .. Ask(model).Messages,
                    Said("assistant", new { type = "tool_use", id = call.ID, name = call.Name, input = call.Input }),
                    Said("user", new { type = "tool_result", tool_use_id = call.ID, content = "21 degrees" }),
                ],
            },
            Cancellation);

        Assert.True(second.Content[0].TryPickText(out var text));
        Assert.Equal("The tool said: 21 degrees", text.Text);
    }

    [Fact]
    public async Task Tokens_are_counted()
    {
        var counted = await Client().Messages.CountTokens(new() { Model = "claude-chat", Messages = [new UserMessageParam("Hello")] }, Cancellation);

        Assert.Equal(17, counted.InputTokens);
    }

    [Theory]
    [InlineData("no-such-model", 404)]
    [InlineData("claude-bad", 400)]
    [InlineData("claude-rate", 429)]
    [InlineData("sim-bad", 400)]
    public async Task Errors_keep_their_status(string model, int status)
    {
        var error = await Assert.ThrowsAnyAsync<AnthropicApiException>(() => Client().Messages.Create(Ask(model), Cancellation));

        Assert.Equal(status, (int)error.StatusCode);
    }

    [Fact]
    public async Task A_wrong_key_is_refused() =>
        await Assert.ThrowsAsync<AnthropicUnauthorizedException>(() => Client("sk-ais-wrong").Messages.Create(Ask("claude-chat"), Cancellation));

    [Theory]
    [InlineData("claude-error-midway")]
    [InlineData("claude-dies-midway")]
    [InlineData("sim-dies-midway")]
    public async Task A_stream_that_breaks_off_is_an_error(string model) =>
        await Assert.ThrowsAnyAsync<AnthropicServiceException>(async () =>
        {
            await foreach (var _ in Client().Messages.CreateStreaming(Ask(model), Cancellation))
            {
                // Whatever comes before the end is fine.
            }
        });

    private static MessageParam Said(string role, object block) => new(JsonSerializer.SerializeToElement(new { role, content = new[] { block } }));
}
