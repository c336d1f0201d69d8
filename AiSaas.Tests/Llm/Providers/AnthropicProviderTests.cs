using AiSaas.Llm.Routing;
using AiSaas.Tests.Llm.Simulator;
using Microsoft.Extensions.AI;

namespace AiSaas.Tests.Llm.Providers;

public sealed class AnthropicProviderTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static readonly ChatMessage[] Question = [new(ChatRole.System, "Be brief."), new(ChatRole.User, "When are refunds paid?")];

    private static IChatClient Client(ProviderSimulator simulator) =>
        LlmHost.Models(("ANTHROPIC_API_KEY", "sk-ant-test"), ("ANTHROPIC_BASE_URL", simulator.Address)).Get("claude-sim");

    [Fact]
    public async Task An_answer_comes_with_its_usage_and_finish_reason()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script());

        var response = await Client(simulator).GetResponseAsync(Question, cancellationToken: Cancellation);

        Assert.Equal("Paid within fourteen days [1].", response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(5, response.Usage?.OutputTokenCount);
        var call = Assert.Single(simulator.Calls);
        Assert.Contains("sk-ant-test", call.Authorization, StringComparison.Ordinal);
        Assert.Equal("claude-sim", call.Body.GetProperty("model").GetString());
    }

    [Fact]
    public async Task A_stream_gives_each_token()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script());

        var updates = await Client(simulator).GetStreamingResponseAsync(Question, cancellationToken: Cancellation).ToListAsync(Cancellation);

        Assert.Equal(["Paid", " within", " fourteen", " days", " [1]."], updates.Select(update => update.Text).Where(text => text.Length > 0));
        Assert.Equal(ChatFinishReason.Stop, updates.ToChatResponse().FinishReason);
    }

    [Theory]
    [InlineData(401, "authentication_error", ModelErrorClass.KeyRefused)]
    [InlineData(429, "rate_limit_error", ModelErrorClass.RateLimited)]
    [InlineData(529, "overloaded_error", ModelErrorClass.ServerError)]
    [InlineData(400, "invalid_request_error", ModelErrorClass.BadRequest)]
    public async Task Errors_are_told_apart_and_never_retried_in_secret(int status, string code, ModelErrorClass expected)
    {
        await using var simulator = await ProviderSimulator.StartAsync(Script.Fails(status, code));

        var error = await Assert.ThrowsAsync<ModelCallException>(() => Client(simulator).GetResponseAsync(Question, cancellationToken: Cancellation));

        Assert.Equal((expected, status), (error.Failure.Class, error.Failure.Status));
        Assert.Single(simulator.Calls);
    }

    [Fact]
    public async Task A_stream_that_breaks_off_is_a_failure()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script { EndAfterFrames = 4 });

        await Assert.ThrowsAsync<ModelCallException>(() =>
            Client(simulator).GetStreamingResponseAsync(Question, cancellationToken: Cancellation).ToListAsync(Cancellation).AsTask());
    }
}
