using System.Text.Json;

namespace AiSaas.Tests.Gateway.Faults;

/// <summary>Once the client got some of the answer, nothing is repeated and nothing looks like an end that is none.</summary>
public sealed class MidwayTests(FaultHost host) : IClassFixture<FaultHost>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("chat", "stalls-midway")]
    [InlineData("chat", "dies-midway")]
    [InlineData("chat", "ends-midway")]
    [InlineData("chat", "error-midway")]
    [InlineData("messages", "stalls-midway")]
    [InlineData("messages", "dies-midway")]
    [InlineData("messages", "ends-midway")]
    [InlineData("messages", "error-midway")]
    public async Task The_client_gets_its_api_s_error_event_and_the_ledger_what_was_used(string api, string fault)
    {
        var call = await GatewayCall.SendAsync(host.Account.Http, api, $"{api}-{fault}", stream: true, Cancellation);

        Assert.Equal(200, call.Status);
        Assert.StartsWith("Paid", call.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(FaultHost.GoodAnswer, call.Text, StringComparison.Ordinal);
        Assert.NotNull(call.Error);
        Assert.NotEmpty(call.Error.Value.GetProperty("message").GetString()!);
        Assert.False(call.IsDone, "An end mark follows the error.");
        Assert.Equal(1, call.Attempts);
        var row = await host.RowAsync(call.Id);
        Assert.Equal(("failed", 1, $"{api}-{fault}"), (row.Status, row.Attempts, row.Provider));
        Assert.True(row is { Input: > 0, Output: > 0, Estimated: true }, $"{row}");
    }

    [Fact]
    public async Task A_stream_without_usage_is_estimated()
    {
        var call = await GatewayCall.SendAsync(host.Account.Http, "chat", "chat-without-usage", stream: true, Cancellation);

        Assert.Equal("Paid within fourteen days [1].", call.Text);
        Assert.True(call.IsDone);
        var row = await host.RowAsync(call.Id);
        Assert.Equal("succeeded", row.Status);
        Assert.True(row is { Input: > 0, Output: > 0, Estimated: true }, $"{row}");
    }

    [Fact]
    public async Task An_answer_without_usage_is_estimated()
    {
        var call = await GatewayCall.SendAsync(host.Account.Http, "chat", "chat-without-usage", stream: false, Cancellation);

        Assert.Equal("Paid within fourteen days [1].", call.Text);
        var row = await host.RowAsync(call.Id);
        Assert.True(row is { Status: "succeeded", Input: > 0, Output: > 0, Estimated: true }, $"{row}");
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task Characters_that_come_in_pieces_arrive_whole(string api)
    {
        var call = await GatewayCall.SendAsync(host.Account.Http, api, $"{api}-byte-by-byte", stream: true, Cancellation);

        Assert.Equal("Grüße 👩‍👩‍👧 aus 東京 €1.000", call.Text);
        Assert.True(call.IsDone);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("messages")]
    public async Task Comments_that_keep_a_connection_alive_do_no_harm(string api)
    {
        var call = await GatewayCall.SendAsync(host.Account.Http, api, $"{api}-keep-alives", stream: true, Cancellation);

        Assert.Equal("Paid within fourteen days [1].", call.Text);
        Assert.True(call.IsDone);
        Assert.Equal((20, 5), await host.RowAsync(call.Id) is var row ? (row.Input, row.Output) : default);
    }

    [Theory]
    [InlineData("chat", false)]
    [InlineData("chat", true)]
    [InlineData("messages", false)]
    [InlineData("messages", true)]
    public async Task A_megabyte_of_tool_arguments_passes(string api, bool stream)
    {
        var call = await GatewayCall.SendAsync(host.Account.Http, api, $"{api}-huge-arguments", stream, Cancellation);

        Assert.Equal(200, call.Status);
        string arguments = string.Concat((stream ? call.Events : [JsonDocument.Parse(call.Body).RootElement]).Select(one => Arguments(api, one)));
        using var read = JsonDocument.Parse(arguments);
        Assert.Equal(Fault.HugeLength, read.RootElement.GetProperty("text").GetString()!.Length);
        Assert.Equal("succeeded", (await host.RowAsync(call.Id)).Status);
    }

    private static string? Arguments(string api, JsonElement one)
    {
        if (api == "messages")
        {
            return one.TryGetProperty("content", out var content) ? content[0].GetProperty("input").GetRawText()
                : one.TryGetProperty("delta", out var piece) && piece.TryGetProperty("partial_json", out var json) ? json.GetString() : null;
        }

        if (!one.TryGetProperty("choices", out var choices) || choices.GetArrayLength() == 0)
        {
            return null;
        }

        var from = choices[0].TryGetProperty("delta", out var delta) ? delta : choices[0].GetProperty("message");
        return from.TryGetProperty("tool_calls", out var calls) ? calls[0].GetProperty("function").GetProperty("arguments").GetString() : null;
    }
}
