using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;
using FsCheck;
using FsCheck.Fluent;

namespace AiSaas.Tests.Llm.Wire;

public sealed class MessagesOverChatAnswerTests
{
    private readonly DialectDriver _dialect = new(new MessagesOverChat());

    private const string Usage = """{"id":"chatcmpl-1","model":"m","choices":[],"usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,"prompt_tokens_details":{"cached_tokens":8}}}""";

    private static string Chunk(string delta, string? finish = null)
    {
        string reason = finish is null ? "null" : $"\"{finish}\"";
        return $$$"""{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{{{delta}}},"finish_reason":{{{reason}}} }]}""";
    }

    private static string Call(int index, string? id, string? name, string arguments) => Chunk(new JsonObject
    {
        ["tool_calls"] = new JsonArray(new JsonObject { ["index"] = index, ["id"] = id, ["function"] = new JsonObject { ["name"] = name, ["arguments"] = arguments } }),
    }.ToJsonString());

    private static string Frames(params IEnumerable<string> data) => string.Concat(data.Select(one => $"data: {one}\n\n"));

    [Fact]
    public void A_completion_is_a_message() => DialectDriver.Same(
        """
        {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"Hm.","signature":""},{"type":"text","text":"Let me see."},
         {"type":"tool_use","id":"c1","name":"f","input":{"a":1.50},"caller":{"type":"direct"}},{"type":"tool_use","id":"c2","name":"g","input":{},"caller":{"type":"direct"}}],
         "stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":8,"output_tokens":5}}
        """,
        _dialect.Response("""
            {"id":"chatcmpl-1","object":"chat.completion","model":"m","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Let me see.","reasoning_content":"Hm.",
             "tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1.50}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]}}],
             "usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25,"prompt_tokens_details":{"cached_tokens":8}}}
            """));

    [Theory]
    [InlineData("stop", "{}", "end_turn")]
    [InlineData("length", "{}", "max_tokens")]
    [InlineData("content_filter", "{}", "refusal")]
    [InlineData("stop", """{"refusal":"No."}""", "refusal")]
    [InlineData("tool_calls", """{"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{}"}}]}""", "tool_use")]
    public void Ends_have_their_names(string finish, string message, string stop)
    {
        Assert.Equal(stop, (string)_dialect.Response($$$"""{"id":"x","choices":[{"message":{{{message}}},"finish_reason":"{{{finish}}}"}]}""")["stop_reason"]!);
        Assert.Equal(stop, (string)DialectDriver.Frames(_dialect.Stream(Frames(Chunk(message, finish), "[DONE]")))[^2].Data!["delta"]!["stop_reason"]!);
    }

    [Fact]
    public void A_call_cut_at_the_bound_is_left_out_and_a_broken_one_is_an_exception()
    {
        const string Message = """{"role":"assistant","content":null,"tool_calls":[{"id":"c","function":{"name":"f","arguments":"{\"a\":"}}]}""";

        var cut = _dialect.Response($$$"""{"id":"x","choices":[{"message":{{{Message}}},"finish_reason":"length"}]}""");

        Assert.Empty(cut["content"]!.AsArray());
        Assert.Equal("max_tokens", (string)cut["stop_reason"]!);
        Assert.Throws<WireException>(() => _dialect.Response($$$"""{"id":"x","choices":[{"message":{{{Message}}},"finish_reason":"tool_calls"}]}"""));
    }

    [Fact]
    public void A_stop_that_the_server_names_is_told()
    {
        var message = _dialect.Response("""{"id":"x","choices":[{"message":{"content":"a"},"finish_reason":"stop","stop_reason":"END"}]}""");

        Assert.Equal(("stop_sequence", "END"), ((string)message["stop_reason"]!, (string)message["stop_sequence"]!));
    }

    [Theory]
    [InlineData("""{"error":{"message":"no"}}""", "no")]
    [InlineData("""{"choices":[]}""", "The provider's answer has no message.")]
    public void What_is_no_completion_is_an_exception(string response, string message) =>
        Assert.Equal(message, Assert.Throws<WireException>(() => _dialect.Response(response)).Message);

    [Fact]
    public void A_stream_has_anthropics_events_in_order_however_its_bytes_are_cut()
    {
        string stream = ": keep-alive\n\n" + Frames(
            """{"id":"","model":"","choices":[],"prompt_filter_results":[]}""",
            Chunk("""{"role":"assistant","content":""}"""),
            Chunk("""{"reasoning_content":"Hm…"}"""),
            Chunk("""{"content":"Grüße "}"""),
            Chunk("""{"content":"\ud83d\ude00 😀\n"}"""),
            Call(0, "c1", "f", ""), Call(0, null, null, "{\"a\":"), Call(0, null, null, "1}"),
            Call(1, "c2", "g", "{}"),
            Chunk("{}", "tool_calls"), Usage, "[DONE]");

        string whole = _dialect.Stream(stream);

        foreach (int piece in (int[])[1, 2, 3, 7, 64, 1_000])
        {
            Assert.Equal(whole, _dialect.Stream(stream, piece: piece));
        }

        var frames = DialectDriver.Frames(whole);
        Assert.All(frames, frame => Assert.Equal(frame.Name, (string)frame.Data!["type"]!));
        string[] expected =
        [
            """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":0,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}}}""",
            """{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}""",
            """{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm…"}}""",
            """{"type":"content_block_stop","index":0}""",
            """{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Grüße "}}""",
            """{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"😀 😀\n"}}""",
            """{"type":"content_block_stop","index":1}""",
            """{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"c1","name":"f","input":{},"caller":{"type":"direct"}}}""",
            """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}""",
            """{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"1}"}}""",
            """{"type":"content_block_stop","index":2}""",
            """{"type":"content_block_start","index":3,"content_block":{"type":"tool_use","id":"c2","name":"g","input":{},"caller":{"type":"direct"}}}""",
            """{"type":"content_block_delta","index":3,"delta":{"type":"input_json_delta","partial_json":"{}"}}""",
            """{"type":"content_block_stop","index":3}""",
            """{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"input_tokens":12,"cache_creation_input_tokens":0,"cache_read_input_tokens":8,"output_tokens":5}}""",
            """{"type":"message_stop"}""",
        ];
        Assert.Equal(expected.Length, frames.Count);
        Assert.All(expected.Zip(frames), pair => DialectDriver.Same(pair.First, pair.Second.Data));
    }

    [Fact]
    public void Interleaved_calls_come_out_one_after_the_other()
    {
        var blocks = Blocks(_dialect.Stream(Frames(
            Call(0, "c1", "f", "{\"a\":\"}\\\""), Call(1, "c2", "g", "{\"b\""), Chunk("""{"content":"meanwhile"}"""), Call(0, null, null, "{\"}"),
            Call(2, "c3", "now", ""), Call(1, null, null, ":2}"), Call(3, "c4", "h", "{}"), Chunk("{}", "tool_calls"), "[DONE]")));

        Assert.Equal(
            [("f", """{"a":"}\"{"}"""), ("g", """{"b":2}"""), ("text", "meanwhile"), ("now", "{}"), ("h", "{}")], blocks);
    }

    [Fact]
    public void Calls_that_share_an_index_are_told_apart_by_their_ids() => Assert.Equal(
        [("f", "{}"), ("g", "{}")],
        Blocks(_dialect.Stream(Frames(Call(0, "c1", "f", "{}"), Call(0, "c2", "g", "{}"), Chunk("{}", "stop"), "[DONE]"))));

    [Fact]
    public void A_call_whose_name_comes_late_waits_for_it() => Assert.Equal(
        [("f", """{"a":1}""")],
        Blocks(_dialect.Stream(Frames(Call(0, "c1", null, "{\"a\""), Call(0, "c1", "f", ":1}"), Chunk("{}", "tool_calls"), "[DONE]"))));

    [Fact]
    public void A_megabyte_of_arguments_streams_through()
    {
        string arguments = JsonSerializer.Serialize(new { text = string.Concat(Enumerable.Repeat("größe 😀 \"q\" \\ {}\n", 70_000)) });

        string stream = _dialect.Stream(
            Frames([Call(0, "c", "f", ""), .. arguments.Chunk(4_096).Select(piece => Call(0, null, null, new string(piece))), Chunk("{}", "tool_calls"), Usage, "[DONE]"]), piece: 1_447);

        Assert.Equal([("f", arguments)], Blocks(stream));
    }

    [Fact]
    public void A_stream_without_usage_ends_with_an_estimate_never_with_nothing()
    {
        string question = new('x', 700), answer = new('y', 70);
        string stream = _dialect.Stream(
            Frames(Chunk($$$"""{"content":"{{{answer}}}"}"""), Chunk("{}", "stop")),
            $$$"""{"max_tokens":9,"messages":[{"role":"user","content":"{{{question}}}"}]}""");
        var usage = DialectDriver.Frames(stream)[^2].Data!["usage"]!;

        Assert.InRange((int)usage["input_tokens"]!, 200, 230);
        Assert.Equal(20, (int)usage["output_tokens"]!);
    }

    [Fact]
    public void An_empty_answer_is_a_message_without_blocks()
    {
        var frames = DialectDriver.Frames(_dialect.Stream(Frames(Chunk("""{"role":"assistant","content":null}"""), Chunk("{}", "stop"), Usage, "[DONE]")));

        Assert.Equal(["message_start", "message_delta", "message_stop"], frames.Select(frame => frame.Name));
    }

    [Fact]
    public void A_stream_that_breaks_off_or_fails_is_an_exception()
    {
        Assert.Throws<WireException>(() => _dialect.Stream(Frames(Chunk("""{"content":"a"}"""))));
        Assert.Equal("boom", Assert.Throws<WireException>(() => _dialect.Stream(Frames(Chunk("""{"content":"a"}"""), """{"error":{"message":"boom","code":500}}"""))).Message);
        Assert.Throws<WireException>(() => _dialect.Stream("data: {\"cut\n\n", completes: false));
    }

    [Fact]
    public void What_goes_to_chat_and_back_is_what_it_was()
    {
        var text = Gen.Elements("a", "é", "😀", "\"", "\\", "\n", "}", "{ ", "</x>", "\u2028").NonEmptyListOf().Select(parts => string.Concat(parts));
        var block = Gen.OneOf(
            text.Select(said => (Kind: "text", Said: said)),
            text.Select(said => (Kind: "thinking", Said: said)),
            text.Select(said => (Kind: "tool_use", Said: JsonSerializer.Serialize(new { said }))));
        var cases = from blocks in block.ListOf()
                    from cut in Gen.Choose(1, 9)
                    select (Blocks: blocks.Aggregate(new List<(string Kind, string Said)>(), Merge), cut);
        DialectDriver back = new(new ChatOverMessages(DialectDriver.Clock));

        Prop.ForAll(cases.ToArbitrary(), given =>
        {
            string events = MessagesScript.Stream(given.Blocks, given.cut);
            var came = Blocks(_dialect.Stream(back.Stream(events)));
            return came.SequenceEqual(given.Blocks.Select(one => (one.Kind == "tool_use" ? "f" : one.Kind, one.Said)));
        }).QuickCheckThrowOnFailure();

        // Two texts in a row are one text in chat.
        static List<(string Kind, string Said)> Merge(List<(string Kind, string Said)> all, (string Kind, string Said) next)
        {
            if (all.Count > 0 && next.Kind != "tool_use" && all[^1].Kind == next.Kind)
            {
                all[^1] = (next.Kind, all[^1].Said + next.Said);
            }
            else
            {
                all.Add(next);
            }

            return all;
        }
    }

    /// <summary>The blocks of a stream, as an Anthropic client puts them together; it insists on their order.</summary>
    private static List<(string Name, string Content)> Blocks(string stream)
    {
        List<(string Name, StringBuilder Content)> blocks = [];
        bool open = false;
        foreach (var (name, data) in DialectDriver.Frames(stream))
        {
            switch (name)
            {
                case "content_block_start":
                    Assert.False(open);
                    open = true;
                    Assert.Equal(blocks.Count, (int)data!["index"]!);
                    blocks.Add(((string?)data["content_block"]!["name"] ?? (string)data["content_block"]!["type"]!, new()));
                    break;
                case "content_block_delta":
                    Assert.True(open);
                    Assert.Equal(blocks.Count - 1, (int)data!["index"]!);
                    var delta = data["delta"]!;
                    // Raw, for a piece may end with half of a pair.
                    blocks[^1].Content.Append((delta["text"] ?? delta["thinking"] ?? delta["partial_json"])!.GetValue<JsonElement>().GetRawText().AsSpan()[1..^1]);
                    break;
                case "content_block_stop":
                    Assert.True(open);
                    open = false;
                    break;
            }
        }

        Assert.False(open);
        return [.. blocks.Select(block => (block.Name, (string)JsonNode.Parse($"\"{block.Content}\"")!))];
    }
}
