using System.Buffers;
using System.Text;
using System.Text.Json;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;
using AiSaas.Llm.Wire.Errors;
using AiSaas.Llm.Wire.Local;
using AiSaas.Llm.Wire.Sse;
using AiSaas.Llm.Wire.Usage;

namespace AiSaas.Tests.Llm.Wire;

/// <summary>Whatever a client or a provider sends, a dialect either answers with valid JSON or throws a <see cref="WireException"/>.</summary>
public sealed class HostileJsonTests
{
    private static readonly string[] Junk =
        ["null", "5", "-1", "1e999", "true", "\"\"", "\"x\"", "\"\\ud83d\"", "[]", "{}", "[null]", "[[]]", "[5]", "{\"type\":5}", "{\"\\ud83d\":1}", "\"none\"", "\"text\""];

    private const string Chat = """
        {"model":"m","messages":[{"role":"system","content":[{"type":"text","text":"s"}]},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}},{"type":"file","file":{"filename":"f","file_data":"data:text/plain;base64,QQ=="}}]},
         {"role":"assistant","content":"b","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},{"role":"tool","tool_call_id":"1","content":[{"type":"text","text":"c"}]}],
         "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"}}}],"tool_choice":{"type":"function","function":{"name":"f"}},"parallel_tool_calls":false,
         "response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object","properties":{"a":{"type":["string","null"],"maxLength":3,"format":"x"}},"required":["a"],"anyOf":[{"minItems":3}]}}},
         "max_tokens":5,"temperature":0.1,"top_p":0.2,"stop":["a"],"user":"u","reasoning_effort":"low","stream":true,"stream_options":{"include_usage":true},"n":1,"top_logprobs":0,"modalities":["text"]}
        """;

    private const string Messages = """
        {"model":"m","max_tokens":5,"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}},{"type":"document","title":"t","source":{"type":"content","content":[{"type":"text","text":"x"}]}},{"type":"search_result","title":"t","content":[{"type":"text","text":"x"}]}]},
         {"role":"assistant","content":[{"type":"thinking","thinking":"x"},{"type":"text","text":"b"},{"type":"tool_use","id":"1","name":"f","input":{"a":1}}]},
         {"role":"user","content":[{"type":"tool_result","tool_use_id":"1","is_error":true,"content":[{"type":"text","text":"c"}]}]}],"tools":[{"name":"f","description":"d","input_schema":{"type":"object"}}],"tool_choice":{"type":"tool","name":"f","disable_parallel_tool_use":true},
         "thinking":{"type":"enabled","budget_tokens":2000},"output_config":{"effort":"high","format":{"type":"json_schema","schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}}},"temperature":0.1,"stop_sequences":["a"],"metadata":{"user_id":"u"},"stream":true}
        """;

    private const string Completion = """
        {"id":"chatcmpl-1","model":"m","error":null,"choices":[{"index":0,"message":{"role":"assistant","content":"a","reasoning_content":"r","refusal":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{\"a\":1}"}}]},
         "delta":{"role":"assistant","content":"a","reasoning":"r","refusal":"n","tool_calls":[{"index":0,"id":"1","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop","stop_reason":"x"}],
         "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":1},"completion_tokens_details":{"reasoning_tokens":1}}}
        """;

    private const string Message = """
        {"id":"msg_1","type":"message","model":"m","content":[{"type":"thinking","thinking":"t"},{"type":"text","text":"a"},{"type":"tool_use","id":"1","name":"f","input":{"a":1}},{"type":"tool_use","id":"1","name":"give_json_answer","input":{"a":1}}],
         "stop_reason":"refusal","stop_details":{"explanation":"no"},"usage":{"input_tokens":1,"output_tokens":2,"cache_creation":{"ephemeral_1h_input_tokens":1}}}
        """;

    private static readonly string[] Events =
    [
        """{"type":"message_start","message":{"id":"msg_1","model":"m","usage":{"input_tokens":1,"output_tokens":1}}}""",
        """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}""",
        """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}""",
        """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"x"}}""",
        """{"type":"content_block_stop","index":0}""",
        """{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"explanation":"no"}},"usage":{"output_tokens":7}}""",
        """{"type":"message_stop"}""",
    ];

    [Fact]
    public void Any_request_and_any_answer_is_translated_or_refused()
    {
        Random random = new(4);
        ChatOverMessages chat = new(DialectDriver.Clock);
        MessagesOverChat messages = new();
        byte[] plainChat = Encoding.UTF8.GetBytes(Chat), plainMessages = Encoding.UTF8.GetBytes(Messages);
        int answered = 0;
        for (int i = 0; i < 4_000; i++)
        {
            byte[] request = Broken(Chat, random);
            string model = random.Next(3) switch { 0 => "claude-3-opus", 1 => "claude-sonnet-4-5", _ => "claude-opus-5-5" };
            answered += Holds(output => chat.WriteRequest(request, model, output));
            Holds(_ => LocalChatRequest.Read(request));
            byte[] message = Broken(Message, random);
            answered += Holds(output => chat.WriteResponse(plainChat, message, output));
            byte[] other = Broken(Messages, random);
            answered += Holds(output => messages.WriteRequest(other, "gpt-5", output));
            Holds(output => TokenCount.Write(other, output));
            byte[] completion = Broken(Completion, random);
            answered += Holds(output => messages.WriteResponse(plainMessages, completion, output));
            UsageReader.TryRead(WireApi.ChatCompletions, completion, out _);
            WireErrors.TryReadError(WireApi.ChatCompletions, completion, out _);
            WireErrors.ReadError(message);
        }

        Assert.InRange(answered, 4_000, 15_000);
    }

    [Fact]
    public void Any_stream_is_translated_or_refused()
    {
        Random random = new(5);
        int whole = 0;
        for (int i = 0; i < 4_000; i++)
        {
            int broken = random.Next(Events.Length);
            whole += Streams(new ChatOverMessages(DialectDriver.Clock), Events.Select((one, index) => index == broken ? Broken(one, random) : Encoding.UTF8.GetBytes(one)));
            whole += Streams(new MessagesOverChat(), [Broken(Completion, random), Broken(Completion, random)]);
        }

        Assert.InRange(whole, 1_000, 7_900);
    }

    private static int Streams(IDialect dialect, IEnumerable<byte[]> events)
    {
        ArrayBufferWriter<byte> output = new();
        try
        {
            var stream = dialect.TranslateStream(Encoding.UTF8.GetBytes("""{"stream_options":{"include_usage":true}}"""));
            foreach (byte[] data in events)
            {
                stream.Translate([], data, output);
            }

            stream.Complete(output);
        }
        catch (WireException)
        {
            return 0;
        }

        SseScanner scanner = new();
        ReadOnlySpan<byte> input = output.WrittenSpan;
        while (scanner.TryRead(ref input, out var found))
        {
            if (!found.Data.SequenceEqual("[DONE]"u8))
            {
                Valid(found.Data);
            }
        }

        return 1;
    }

    private static int Holds(Action<IBufferWriter<byte>> translate)
    {
        ArrayBufferWriter<byte> output = new();
        try
        {
            translate(output);
        }
        catch (WireException)
        {
            return 0;
        }

        if (output.WrittenCount > 0)
        {
            Valid(output.WrittenSpan);
        }

        return 1;
    }

    private static void Valid(ReadOnlySpan<byte> json)
    {
        Utf8JsonReader reader = new(json);
        while (reader.Read())
        {
        }
    }

    /// <summary>A value somewhere in it replaced by junk, or a name, or its end cut off.</summary>
    private static byte[] Broken(string json, Random random)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        if (random.Next(20) == 0)
        {
            return bytes[..random.Next(bytes.Length)];
        }

        List<(int Start, int End, bool IsName)> places = [];
        Utf8JsonReader reader = new(bytes);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                continue;
            }

            var copy = reader;
            if (reader.TokenType != JsonTokenType.PropertyName)
            {
                copy.Skip();
            }

            places.Add(((int)reader.TokenStartIndex, reader.TokenType == JsonTokenType.PropertyName ? (int)reader.TokenStartIndex + reader.ValueSpan.Length + 2 : (int)copy.BytesConsumed, reader.TokenType == JsonTokenType.PropertyName));
        }

        var (start, end, isName) = places[random.Next(places.Count)];
        byte[] junk = Encoding.UTF8.GetBytes(isName ? (random.Next(2) == 0 ? "\"\\ud83d\"" : "\"type\"") : Junk[random.Next(Junk.Length)]);
        return [.. bytes[..start], .. junk, .. bytes[end..]];
    }
}
