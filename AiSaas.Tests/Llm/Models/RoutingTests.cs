using System.Diagnostics;
using AiSaas.Llm.Routing;
using AiSaas.Tests.Llm.Providers;
using AiSaas.Tests.Llm.Simulator;
using Microsoft.Extensions.AI;

namespace AiSaas.Tests.Llm.Models;

/// <summary>Two providers on real sockets behind one logical model.</summary>
public sealed class RoutingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static IChatClient Client(ProviderSimulator first, ProviderSimulator second, params (string, string)[] more) => LlmHost.Models(
    [
        ("Gateway:Providers:one:Kind", "openai-compatible"), ("Gateway:Providers:one:BaseUrl", first.Address + "/v1"),
        ("Gateway:Providers:two:Kind", "openai-compatible"), ("Gateway:Providers:two:BaseUrl", second.Address + "/v1"),
        ("Gateway:Models:house:Targets:0:Provider", "one"), ("Gateway:Models:house:Targets:0:Model", "m1"),
        ("Gateway:Models:house:Targets:1:Provider", "two"), ("Gateway:Models:house:Targets:1:Model", "m2"),
        .. more,
    ]).Get("house");

    private static async Task<(List<ChatResponseUpdate> Updates, ModelCallException? Error)> StreamAsync(IChatClient client, CancellationToken cancellation)
    {
        List<ChatResponseUpdate> updates = [];
        try
        {
            await foreach (var update in client.GetStreamingResponseAsync("When?", cancellationToken: cancellation))
            {
                updates.Add(update);
            }

            return (updates, null);
        }
        catch (ModelCallException error)
        {
            return (updates, error);
        }
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(401)]
    public async Task Before_the_first_token_a_failure_is_invisible(int status)
    {
        await using var first = await ProviderSimulator.StartAsync(Script.Fails(status));
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("Fine."));

        var (updates, error) = await StreamAsync(Client(first, second), Cancellation);

        Assert.Null(error);
        Assert.Equal("Fine.", string.Concat(updates.Select(update => update.Text)));
        var attempts = AttemptLog.Of(updates[0])!.Attempts;
        Assert.Equal([("one", AttemptOutcome.Failed, (int?)status), ("two", AttemptOutcome.Succeeded, null)], attempts.Select(attempt => (attempt.Provider, attempt.Outcome, attempt.Status)));
    }

    [Fact]
    public async Task A_refused_connection_is_left_before_any_deadline()
    {
        await using var first = await ProviderSimulator.StartAsync(new Script());
        string gone = first.Address;
        await first.DisposeAsync();
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("Fine."));

        var client = Client(second, second, ("Gateway:Providers:one:BaseUrl", gone + "/v1"));
        await client.GetResponseAsync("warm up", cancellationToken: Cancellation);
        var response = await client.GetResponseAsync("When?", cancellationToken: Cancellation);

        Assert.Equal("Fine.", response.Text);
        var attempt = AttemptLog.Of(response)!.Attempts[0];
        Assert.Equal(ModelErrorClass.Unreachable, attempt.Error);
        Assert.InRange(attempt.Duration, TimeSpan.Zero, TimeSpan.FromSeconds(3));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_black_hole_is_left_at_the_deadline(bool stream)
    {
        await using var first = await ProviderSimulator.StartAsync(Script.BlackHole);
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("Fine."));
        var client = Client(first, second, ("Gateway:Deadlines:FirstTokenSeconds", "0.3"), ("Gateway:Deadlines:AnswerSeconds", "0.3"));

        var response = stream
            ? await client.GetStreamingResponseAsync("When?", cancellationToken: Cancellation).ToChatResponseAsync(Cancellation)
            : await client.GetResponseAsync("When?", cancellationToken: Cancellation);

        Assert.Equal("Fine.", response.Text);
        Assert.Equal(ModelErrorClass.TimedOut, AttemptLog.Of(response)!.Attempts[0].Error);
        await first.Calls[0].Aborted.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancellation);
    }

    [Theory]
    [InlineData("not json at all")]
    [InlineData("""{"error":{"message":"200 but broken"}}""")]
    [InlineData("data: {\"error\":{\"message\":\"broken inside the stream\"}}\n\n")]
    [InlineData("data: [DONE]\n\n")]
    [InlineData("")]
    public async Task A_200_with_nonsense_counts_as_a_failure(string body)
    {
        await using var first = await ProviderSimulator.StartAsync(new Script { RawBody = body });
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("Fine."));
        var client = Client(first, second);

        var (updates, error) = await StreamAsync(client, Cancellation);
        var whole = await client.GetResponseAsync("When?", cancellationToken: Cancellation);

        Assert.Null(error);
        Assert.Equal("Fine.", string.Concat(updates.Select(update => update.Text)));
        Assert.Equal("Fine.", whole.Text);
    }

    [Theory]
    [InlineData("dies")]
    [InlineData("ends")]
    [InlineData("stalls")]
    public async Task After_the_first_token_a_broken_stream_is_an_error_and_never_repeated(string how)
    {
        await using var first = await ProviderSimulator.StartAsync(how switch
        {
            "dies" => new Script { DieAfterFrames = 3 },
            "ends" => new Script { EndAfterFrames = 3 },
            _ => new Script { StallAfterFrames = 3 },
        });
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("Never."));

        var (updates, error) = await StreamAsync(Client(first, second, ("Gateway:Deadlines:StallSeconds", "0.3")), Cancellation);

        Assert.NotNull(error);
        Assert.StartsWith("Paid", string.Concat(updates.Select(update => update.Text)), StringComparison.Ordinal);
        Assert.Empty(second.Calls);
        Assert.Equal(AttemptOutcome.Failed, Assert.Single(error.Attempts).Outcome);
        Assert.Contains("broke off", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_caller_s_own_mistake_is_tried_once()
    {
        await using var first = await ProviderSimulator.StartAsync(Script.Fails(400, "bad", "temperature must be at most 2"));
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("Never."));

        var (_, error) = await StreamAsync(Client(first, second), Cancellation);

        Assert.Equal(ModelErrorClass.BadRequest, error?.Failure.Class);
        Assert.Empty(second.Calls);
        Assert.Contains("temperature must be at most 2", error?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_key_gives_way_to_the_next_but_a_broken_server_does_not()
    {
        await using var first = await ProviderSimulator.StartAsync(Script.Fails(401), Script.Fails(500), Script.Answer("Never."));
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("Fine."));
        var client = Client(first, second, ("Gateway:Providers:one:ApiKeys:0", "k1"), ("Gateway:Providers:one:ApiKeys:1", "k2"), ("Gateway:Providers:one:ApiKeys:2", "k3"));

        var response = await client.GetResponseAsync("When?", cancellationToken: Cancellation);

        Assert.Equal("Fine.", response.Text);
        Assert.Equal(["Bearer k1", "Bearer k2"], first.Calls.Select(call => call.Authorization));
    }

    [Theory]
    [InlineData("before the answer")]
    [InlineData("in the middle")]
    public async Task The_caller_s_cancellation_reaches_the_provider_at_once_and_is_nobody_s_failure(string when)
    {
        await using var first = await ProviderSimulator.StartAsync(when == "in the middle" ? new Script { StallAfterFrames = 3 } : Script.BlackHole);
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("Never."));
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        AttemptLog? log = null;

        async Task Read()
        {
            await foreach (var update in Client(first, second).GetStreamingResponseAsync("When?", cancellationToken: caller.Token))
            {
                log ??= AttemptLog.Of(update);
                caller.CancelAfter(TimeSpan.FromMilliseconds(100));
            }
        }

        caller.CancelAfter(TimeSpan.FromMilliseconds(when == "in the middle" ? 60_000 : 200));
        long started = Stopwatch.GetTimestamp();
        var left = await Assert.ThrowsAnyAsync<OperationCanceledException>(Read);

        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        await first.Calls[0].Aborted.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancellation);
        Assert.Empty(second.Calls);
        var tried = when == "in the middle" ? log!.Attempts : Assert.IsType<ModelCallCanceledException>(left).Attempts;
        Assert.Equal(AttemptOutcome.Cancelled, Assert.Single(tried).Outcome);
    }

    [Fact]
    public async Task When_nobody_answers_the_error_names_every_attempt()
    {
        await using var first = await ProviderSimulator.StartAsync(Script.Fails(500));
        await using var second = await ProviderSimulator.StartAsync(Script.Fails(503));

        var (_, error) = await StreamAsync(Client(first, second), Cancellation);

        Assert.Equal([("one", 500), ("two", (int?)503)], error!.Attempts.Select(attempt => (attempt.Provider, attempt.Status)));
        Assert.Contains("house did not answer", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_total_deadline_ends_all_attempts()
    {
        await using var first = await ProviderSimulator.StartAsync(Script.BlackHole);
        await using var second = await ProviderSimulator.StartAsync(Script.BlackHole);
        var client = Client(first, second, ("Gateway:Deadlines:TotalSeconds", "0.3"));

        var error = await Assert.ThrowsAsync<ModelCallException>(() => client.GetResponseAsync("When?", cancellationToken: Cancellation));

        Assert.Equal(ModelErrorClass.TimedOut, error.Failure.Class);
        Assert.Empty(second.Calls);
    }

    [Fact]
    public async Task Weights_share_out_the_calls()
    {
        await using var first = await ProviderSimulator.StartAsync(Script.Answer("one"));
        await using var second = await ProviderSimulator.StartAsync(Script.Answer("two"));
        var client = Client(first, second, ("Gateway:Models:house:Strategy", "weighted"), ("Gateway:Models:house:Targets:0:Weight", "3"));

        for (int i = 0; i < 100; i++)
        {
            await client.GetResponseAsync("When?", cancellationToken: Cancellation);
        }

        // Three in four of a hundred; six standard deviations either way.
        Assert.InRange(first.Calls.Count, 49, 99);
        Assert.Equal(100, first.Calls.Count + second.Calls.Count);
    }
}
