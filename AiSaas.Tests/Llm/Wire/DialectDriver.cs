using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Sse;

namespace AiSaas.Tests.Llm.Wire;

/// <summary>Drives a dialect with text and compares as JSON.</summary>
internal sealed class DialectDriver(IDialect dialect)
{
    public static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_790_000_000);

    public static TimeProvider Clock { get; } = new StoppedClock();

    public JsonNode Request(string request, string model = "claude-sonnet-4-5")
    {
        ArrayBufferWriter<byte> output = new();
        dialect.WriteRequest(Encoding.UTF8.GetBytes(request), model, output);
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    public JsonNode Response(string response, string request = "{}")
    {
        ArrayBufferWriter<byte> output = new();
        dialect.WriteResponse(Encoding.UTF8.GetBytes(request), Encoding.UTF8.GetBytes(response), output);
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    /// <summary>The client's stream for a target's stream, which is cut into pieces of <paramref name="piece"/> bytes.</summary>
    public string Stream(string frames, string request = "{}", int piece = int.MaxValue, bool completes = true)
    {
        ArrayBufferWriter<byte> output = new();
        SseScanner scanner = new();
        var translator = dialect.TranslateStream(Encoding.UTF8.GetBytes(request));
        byte[] all = Encoding.UTF8.GetBytes(frames);
        for (int at = 0; at < all.Length; at += piece)
        {
            ReadOnlySpan<byte> input = all.AsSpan(at, Math.Min(piece, all.Length - at));
            while (scanner.TryRead(ref input, out var found))
            {
                translator.Translate(found.Name, found.Data, output);
            }

            if (piece == int.MaxValue)
            {
                break;
            }
        }

        if (completes)
        {
            translator.Complete(output);
        }

        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Frames of a stream: names and parsed data; <c>[DONE]</c> has null data.</summary>
    public static List<(string Name, JsonNode? Data)> Frames(string stream)
    {
        List<(string, JsonNode?)> frames = [];
        SseScanner scanner = new();
        ReadOnlySpan<byte> input = Encoding.UTF8.GetBytes(stream);
        while (scanner.TryRead(ref input, out var found))
        {
            frames.Add((Encoding.UTF8.GetString(found.Name), found.Data.SequenceEqual("[DONE]"u8) ? null : JsonNode.Parse(found.Data)));
        }

        Assert.True(input.IsEmpty);
        return frames;
    }

    public static void Same(string expected, JsonNode? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"Expected {JsonNode.Parse(expected)?.ToJsonString()}\nbut got  {actual?.ToJsonString()}");

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}
