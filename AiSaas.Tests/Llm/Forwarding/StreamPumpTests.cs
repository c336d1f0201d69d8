using System.Buffers;
using System.Text;
using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Wire;

namespace AiSaas.Tests.Llm.Forwarding;

public sealed class StreamPumpTests
{
    private const string Role = """data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}""" + "\n\n";
    private const string Hello = """data: {"choices":[{"index":0,"delta":{"content":"Grüße 👋 \"usage\" \"error\""},"finish_reason":null}],"usage":null}""" + "\n\n";
    private const string Finish = """data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""" + "\r\n\r\n";
    private const string Usage = """data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}""" + "\n\n";
    private const string Done = "data: [DONE]\n\n";

    private static async Task<(string Output, StreamMeter Meter, FrameKind Last)> PumpAsync(string stream, int piece, bool stripped = true, WireApi api = WireApi.ChatCompletions)
    {
        using UpstreamStream upstream = new(new Dripping(Encoding.UTF8.GetBytes(stream), piece), null);
        StreamPump pump = new(upstream, StreamMeter.For(api), null, stripped);
        ArrayBufferWriter<byte> output = new();
        var last = FrameKind.Nothing;
        while (last is not (FrameKind.End or FrameKind.Error))
        {
            if (!await upstream.FillAsync(TestContext.Current.CancellationToken))
            {
                last = pump.MoveRest(output);
                break;
            }

            last = pump.Move(output);
        }

        pump.Complete(output);
        return (Encoding.UTF8.GetString(output.WrittenSpan), pump.Meter, last);
    }

    [Fact]
    public async Task However_a_stream_is_cut_the_client_gets_the_same_bytes_without_the_usage_it_did_not_ask_for()
    {
        string sent = ": comment\n\n" + Role + Hello + Finish + Usage + Done;
        for (int piece = 1; piece <= sent.Length; piece++)
        {
            var (output, meter, last) = await PumpAsync(sent, piece);

            Assert.Equal(sent.Replace(Usage, "", StringComparison.Ordinal), output);
            Assert.Equal(new TokenUsage(7, 3), meter.Usage);
            Assert.True(meter.IsComplete);
            Assert.Equal(FrameKind.End, last);
        }
    }

    [Fact]
    public async Task Usage_that_was_asked_for_passes()
    {
        var (output, _, _) = await PumpAsync(Role + Hello + Finish + Usage + Done, 50, stripped: false);

        Assert.Contains("prompt_tokens", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_end_mark_that_the_server_leaves_out_is_added()
    {
        var (output, meter, _) = await PumpAsync(Hello + Finish, 50);

        Assert.EndsWith(Done, output, StringComparison.Ordinal);
        Assert.True(meter.IsComplete);
    }

    [Fact]
    public async Task A_stream_without_finish_or_end_mark_is_not_complete_and_its_tokens_are_estimated()
    {
        var (_, meter, _) = await PumpAsync(Role + Hello + Hello + Hello, 50);

        Assert.False(meter.IsComplete);
        Assert.Null(meter.Usage);
        Assert.True(meter.EstimatedOutput >= 3);
    }

    [Fact]
    public async Task An_error_in_the_stream_is_seen_however_it_is_cut()
    {
        string sent = Hello + """data: {"error":{"message":"Overloaded.","type":"overloaded_error"}}""" + "\n\n";
        for (int piece = 1; piece <= sent.Length; piece++)
        {
            var (_, meter, last) = await PumpAsync(sent, piece);

            Assert.Equal(FrameKind.Error, last);
            Assert.Contains("Overloaded", meter.Failure!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Messages_that_break_off_keep_the_input_they_opened_with()
    {
        const string Opening = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":12,\"output_tokens\":1}}}\n\n";
        const string Delta = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"word\"}}\n\n";

        var (_, meter, _) = await PumpAsync(Opening + Delta + Delta, 31, api: WireApi.Messages);

        Assert.False(meter.IsComplete);
        Assert.Equal(12, meter.Usage!.Value.Input);
        Assert.True(meter.Usage.Value.IsEstimated);
    }

    /// <summary>Hands out so many bytes a read.</summary>
    private sealed class Dripping(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
