using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiSaas.Llm.Wire.Responses;
using AiSaas.Llm.Wire.Sse;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>What a chat target would say, and what the dialect makes of it.</summary>
internal static class Chat
{
    public static readonly ResponsesOverChat Dialect = new(TimeProvider.System);

    public static JsonNode Request(string responses, ResponsesOverChat? dialect = null)
    {
        ArrayBufferWriter<byte> output = new();
        (dialect ?? Dialect).WriteRequest(Bytes(responses), "target-model", output);
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    public static JsonNode Whole(string chat, string request = """{"model":"m","input":"hi"}""")
    {
        ArrayBufferWriter<byte> output = new();
        Dialect.WriteResponse(Bytes(request), Bytes(chat), output);
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    /// <summary>The client's bytes for these chunks.</summary>
    public static byte[] StreamBytes(IEnumerable<string> chunks, string request = """{"model":"m","input":"hi","stream":true}""")
    {
        ArrayBufferWriter<byte> output = new();
        var stream = Dialect.TranslateStream(Bytes(request));
        foreach (string chunk in chunks)
        {
            stream.Translate(default, Encoding.UTF8.GetBytes(chunk), output);
        }

        stream.Complete(output);
        return output.WrittenSpan.ToArray();
    }

    public static List<JsonNode> Stream(IEnumerable<string> chunks, string request = """{"model":"m","input":"hi","stream":true}""") =>
        Events(StreamBytes(chunks, request));

    public static List<JsonNode> Events(ReadOnlySpan<byte> bytes)
    {
        List<JsonNode> events = [];
        SseScanner scanner = new();
        while (scanner.TryRead(ref bytes, out var one))
        {
            var data = JsonNode.Parse(one.Data)!;
            Assert.Equal((string?)data["type"], Encoding.UTF8.GetString(one.Name));
            events.Add(data);
        }

        return events;
    }

    public static string Delta(object delta, string? finish = null, object? logprobs = null) => JsonSerializer.Serialize(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion.chunk",
        created = 1_790_000_000,
        model = "gpt-up-1",
        choices = new[] { new { index = 0, delta, logprobs, finish_reason = finish } },
    });

    public static string Text(string text) => Delta(new { content = text });

    public static string Usage { get; } = """
        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"gpt-up-1","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}
        """;

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
