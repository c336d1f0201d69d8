using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;

namespace AiSaas.Tests.Llm.Wire;

public sealed class ChatOverMessagesAnswerTests
{
    private readonly DialectDriver _dialect = new(new ChatOverMessages(DialectDriver.Clock));

    private const string WithUsage = """{"stream":true,"stream_options":{"include_usage":true}}""";

    private static string Events(params ReadOnlySpan<string> data)
    {
        StringBuilder text = new();
        foreach (string one in data)
        {
            text.Append("event: ").Append((string)JsonNode.Parse(one)!["type"]!).Append("\ndata: ").Append(one).Append("\n\n");
        }

        return text.ToString();
    }

    private const string Start = """{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-x","content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_read_input_tokens":5,"cache_creation_input_tokens":0,"output_tokens":1}}}""";
    private const string Stop = """{"type":"message_stop"}""";

    private static string End(string reason) =>
        $$$"""{"type":"message_delta","delta":{"stop_reason":"{{{reason}}}","stop_sequence":null},"usage":{"output_tokens":7}}""";

    [Fact]
    public void A_message_is_a_completion() => DialectDriver.Same(
        """
        {"id":"chatcmpl-01","object":"chat.completion","created":1790000000,"model":"claude-x","choices":[{"index":0,"message":{"role":"assistant","content":"Hello, world","reasoning_content":"Hm.","refusal":null},
         "logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":50,"completion_tokens":7,"total_tokens":57,"prompt_tokens_details":{"cached_tokens":8,"cache_write_tokens":30},"completion_tokens_details":{"reasoning_tokens":3}}}
        """,
        _dialect.Response("""
            {"id":"msg_01","type":"message","role":"assistant","model":"claude-x","content":[{"type":"thinking","thinking":"Hm.","signature":"s"},{"type":"redacted_thinking","data":"x"},
             {"type":"text","text":"Hello, "},{"type":"server_tool_use","id":"1","name":"web_search","input":{}},{"type":"text","text":"world"}],
             "stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":12,"cache_read_input_tokens":8,"cache_creation_input_tokens":30,"output_tokens":7,"output_tokens_details":{"thinking_tokens":3}}}
            """));

    [Fact]
    public void Tools_called_become_tool_calls_with_their_arguments_as_text()
    {
        var choice = _dialect.Response("""
            {"id":"msg_01","model":"claude-x","content":[{"type":"tool_use","id":"toolu_1","name":"f","input":{"a":1.50,"b":"é\n"}},{"type":"tool_use","id":"toolu_2","name":"g","input":{}}],"stop_reason":"tool_use"}
            """)["choices"]![0]!;

        DialectDriver.Same(
            """
            {"role":"assistant","content":null,"refusal":null,"tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{\"a\":1.50,\"b\":\"é\\n\"}"}},{"id":"toolu_2","type":"function","function":{"name":"g","arguments":"{}"}}]}
            """, choice["message"]);
        Assert.Equal("tool_calls", (string)choice["finish_reason"]!);
    }

    [Theory]
    [InlineData("end_turn", "stop")]
    [InlineData("stop_sequence", "stop")]
    [InlineData("pause_turn", "stop")]
    [InlineData("max_tokens", "length")]
    [InlineData("model_context_window_exceeded", "length")]
    [InlineData("tool_use", "tool_calls")]
    [InlineData("refusal", "content_filter")]
    [InlineData("made_up", "stop")]
    public void Ends_have_their_names(string stop, string finish)
    {
        Assert.Equal(finish, (string)_dialect.Response($$$"""{"id":"m","content":[{"type":"text","text":"x"}],"stop_reason":"{{{stop}}}"}""")["choices"]![0]!["finish_reason"]!);
        Assert.Contains($"\"finish_reason\":\"{finish}\"", _dialect.Stream(Events(Start, End(stop), Stop)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_answering_tools_input_is_the_content()
    {
        var choice = _dialect.Response("""{"id":"m","content":[{"type":"tool_use","id":"t","name":"give_json_answer","input":{"a":1}}],"stop_reason":"tool_use"}""")["choices"]![0]!;
        string stream = _dialect.Stream(Events(
            Start,
            """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"give_json_answer","input":{}}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{\"a\""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":":1}"}}""",
            """{"type":"content_block_stop","index":0}""",
            End("tool_use"), Stop));

        Assert.Equal("""{"a":1}""", (string)choice["message"]!["content"]!);
        Assert.Null(choice["message"]!["tool_calls"]);
        Assert.Equal("stop", (string)choice["finish_reason"]!);
        Assert.Equal("""{"a":1}""", Content(stream));
        Assert.Contains("\"finish_reason\":\"stop\"", stream, StringComparison.Ordinal);
        Assert.DoesNotContain("tool_calls", stream, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_says_why() => Assert.Equal(
        "Not that.",
        (string)_dialect.Response("""{"id":"m","content":[],"stop_reason":"refusal","stop_details":{"type":"refusal","category":"x","explanation":"Not that."}}""")["choices"]![0]!["message"]!["refusal"]!);

    [Theory]
    [InlineData("""{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}""", "Overloaded")]
    [InlineData("""{"id":"m"}""", "The provider's answer has no content.")]
    [InlineData("<html>", "The provider's answer is not valid JSON.")]
    public void What_is_no_message_is_an_exception(string response, string message) =>
        Assert.Equal(message, Assert.Throws<WireException>(() => _dialect.Response(response)).Message);

    [Fact]
    public void A_stream_becomes_chunks_however_its_bytes_are_cut()
    {
        string stream = Events(
            Start,
            """{"type":"ping"}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm…"}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQ"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüße \"😀\"\n"}}""",
            """{"type":"a_new_event","index":1}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"\ud83d\ude00"}}""",
            """{"type":"content_block_stop","index":1}""",
            End("end_turn"), Stop);

        string whole = _dialect.Stream(stream, WithUsage);

        foreach (int piece in (int[])[1, 2, 3, 7, 64, 1_000])
        {
            Assert.Equal(whole, _dialect.Stream(stream, WithUsage, piece));
        }

        var frames = DialectDriver.Frames(whole);
        Assert.All(frames, frame => Assert.Equal("", frame.Name));
        Assert.Null(frames[^1].Data);
        DialectDriver.Same("""{"id":"chatcmpl-01","object":"chat.completion.chunk","created":1790000000,"model":"claude-x","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}""", frames[0].Data);
        DialectDriver.Same("""{"reasoning_content":"Hm…"}""", frames[1].Data!["choices"]![0]!["delta"]);
        Assert.Equal("Grüße \"😀\"\n😀", Content(whole));
        DialectDriver.Same("""{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}""", frames[^3].Data!["choices"]![0]);
        DialectDriver.Same("""{"id":"chatcmpl-01","object":"chat.completion.chunk","created":1790000000,"model":"claude-x","choices":[],"usage":{"prompt_tokens":15,"completion_tokens":7,"total_tokens":22,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":0}}}""", frames[^2].Data);
    }

    [Fact]
    public void Usage_is_not_told_to_those_who_did_not_ask() =>
        Assert.DoesNotContain("usage", _dialect.Stream(Events(Start, End("end_turn"), Stop), """{"stream":true,"messages":[{"content":"\"include_usage\":true"}]}"""), StringComparison.Ordinal);

    [Fact]
    public void Interleaved_tools_keep_their_arguments_apart_and_empty_ones_get_an_object()
    {
        var frames = DialectDriver.Frames(_dialect.Stream(Events(
            Start,
            """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Let me see."}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}""",
            """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t2","name":"g","input":{}}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}""",
            """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"b\":2}"}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"1}"}}""",
            """{"type":"content_block_stop","index":1}""",
            """{"type":"content_block_stop","index":2}""",
            """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"t3","name":"now","input":{}}}""",
            """{"type":"content_block_stop","index":3}""",
            """{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"t4","name":"whole","input":{"q":"\"é"}}}""",
            """{"type":"content_block_stop","index":4}""",
            End("tool_use"), Stop)));

        var calls = frames.Select(frame => frame.Data?["choices"]?[0]?["delta"]?["tool_calls"]?[0]).OfType<JsonNode>().ToList();
        Assert.Equal(["t1", "t2", "t3", "t4"], calls.Where(call => call["id"] is not null).Select(call => (string)call["id"]!));
        Assert.Equal(
            ["""{"a":1}""", """{"b":2}""", "{}", """{"q":"\"é"}"""],
            calls.GroupBy(call => (int)call["index"]!).OrderBy(group => group.Key).Select(group => string.Concat(group.Select(call => (string)call["function"]!["arguments"]!))));
        Assert.Equal("tool_calls", (string)frames[^2].Data!["choices"]![0]!["finish_reason"]!);
    }

    [Fact]
    public void A_megabyte_of_arguments_streams_through()
    {
        string arguments = JsonSerializer.Serialize(new { text = string.Concat(Enumerable.Repeat("größe 😀 \"q\" \\ \n", 70_000)) });
        var deltas = arguments.Chunk(4_096).Select(piece => JsonSerializer.Serialize(new
        {
            type = "content_block_delta",
            index = 0,
            delta = new { type = "input_json_delta", partial_json = new string(piece) },
        }));

        string stream = _dialect.Stream(Events([
            Start, """{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t1","name":"f","input":{}}}""",
            .. deltas, """{"type":"content_block_stop","index":0}""", End("tool_use"), Stop]), piece: 1_447);

        Assert.Equal(arguments, string.Concat(DialectDriver.Frames(stream).Select(frame => (string?)frame.Data?["choices"]?[0]?["delta"]?["tool_calls"]?[0]?["function"]?["arguments"])));
    }

    [Fact]
    public void An_error_event_is_an_exception_with_its_words() =>
        Assert.Equal("Overloaded", Assert.Throws<WireException>(() => _dialect.Stream(Events(Start, """{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"""))).Message);

    [Fact]
    public void A_stream_that_breaks_off_or_makes_no_sense_is_an_exception()
    {
        Assert.Throws<WireException>(() => _dialect.Stream(Events(Start)));
        Assert.Throws<WireException>(() => _dialect.Stream(Events(Start, End("end_turn"))));
        Assert.Throws<WireException>(() => _dialect.Stream("data: {\"type\":\n\n", completes: false));
        Assert.Throws<WireException>(() => _dialect.Stream("data: [DONE]\n\n", completes: false));
        Assert.Throws<WireException>(() => _dialect.Stream(Events("""{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"x"}}"""), completes: false));
    }

    private static string Content(string stream) =>
        string.Concat(DialectDriver.Frames(stream).Select(frame => (string?)frame.Data?["choices"]?.AsArray().FirstOrDefault()?["delta"]?["content"]));
}
