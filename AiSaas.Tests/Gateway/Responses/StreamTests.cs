using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiSaas.Llm.Wire;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>Chat chunks as a Responses stream. Every stream here is also added up as a client would, and must come to what its last event says.</summary>
public sealed class StreamTests
{
    [Fact]
    public void A_text_streams_in_the_apis_order_and_ends_without_a_mark()
    {
        byte[] bytes = Chat.StreamBytes([Chat.Delta(new { role = "assistant", content = "" }), Chat.Text("Hel"), Chat.Text("lo"), Chat.Delta(new { }, "stop"), Chat.Usage, "[DONE]"]);
        Assert.DoesNotContain("[DONE]", Encoding.UTF8.GetString(bytes));
        var events = Checked(Chat.Events(bytes));
        Assert.Equal(
            ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta",
                "response.output_text.delta", "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"],
            events.Select(one => (string)one["type"]!));
        Assert.Equal("in_progress", (string)events[0]["response"]!["status"]!);
        Assert.Equal("gpt-up-1", (string)events[0]["response"]!["model"]!);
        var response = events[^1]["response"]!;
        Assert.Equal((string)events[0]["response"]!["id"]!, (string)response["id"]!);
        Assert.Equal("completed", (string)response["status"]!);
        Assert.Equal(19, (int)response["usage"]!["total_tokens"]!);
        Assert.Equal(3, (int)response["usage"]!["output_tokens_details"]!["reasoning_tokens"]!);
    }

    [Fact]
    public void Thought_then_text_then_interleaved_calls()
    {
        var events = Checked(Chat.Stream([
            Chat.Delta(new { role = "assistant", reasoning_content = "Hm" }), Chat.Delta(new { reasoning_content = "m." }),
            Chat.Text("I look."),
            Chat.Delta(new { tool_calls = new[] { Tool(0, "call_a", "look", "") } }),
            Chat.Delta(new { tool_calls = new[] { Tool(0, null, null, "{\"at\":") , Tool(1, "call_b", "see", "{") } }),
            Chat.Delta(new { tool_calls = new[] { Tool(1, null, null, "}"), Tool(0, null, null, "\"x\"}") } }),
            Chat.Delta(new { }, "tool_calls"), Chat.Usage]));
        var output = events[^1]["response"]!["output"]!.AsArray();
        Assert.Equal(["reasoning", "message", "function_call", "function_call"], output.Select(item => (string)item!["type"]!));
        Assert.Equal(("call_a", """{"at":"x"}"""), ((string)output[2]!["call_id"]!, (string)output[2]!["arguments"]!));
        Assert.Equal(("call_b", "{}"), ((string)output[3]!["call_id"]!, (string)output[3]!["arguments"]!));
        Assert.Equal("completed", (string)events[^1]["response"]!["status"]!);
    }

    [Fact]
    public void Calls_without_an_index_or_all_of_index_0_are_told_apart_by_their_ids()
    {
        foreach (bool zero in (bool[])[true, false])
        {
            var output = Checked(Chat.Stream([
                Chat.Delta(new { tool_calls = new[] { Tool(zero ? 0 : null, "a", "one", "{\"n\":1}") } }),
                Chat.Delta(new { tool_calls = new[] { Tool(zero ? 0 : null, "b", "two", "{\"n\":2}") } }),
                Chat.Delta(new { }, "tool_calls")]))[^1]["response"]!["output"]!.AsArray();
            Assert.Equal([("a", "one", "{\"n\":1}"), ("b", "two", "{\"n\":2}")], output.Select(item => ((string)item!["call_id"]!, (string)item["name"]!, (string)item["arguments"]!)));
        }
    }

    [Fact]
    public void Refusals_logprobs_and_citations_stream_too()
    {
        var events = Checked(Chat.Stream([
            Chat.Delta(new { content = "A" }, logprobs: new { content = new[] { new { token = "A", logprob = -0.5, top_logprobs = Array.Empty<object>() } } }),
            Chat.Delta(new { content = "B" }, logprobs: new { content = new[] { new { token = "B", logprob = -0.25, top_logprobs = Array.Empty<object>() } } }),
            Chat.Delta(new { annotations = new[] { new { type = "url_citation", url_citation = new { start_index = 0, end_index = 1, url = "https://a.example", title = "A" } } } }),
            Chat.Delta(new { refusal = "No" }), Chat.Delta(new { refusal = "pe" }), Chat.Delta(new { }, "stop")]));
        var content = events[^1]["response"]!["output"]![0]!["content"]!;
        Assert.Equal("AB", (string)content[0]!["text"]!);
        Assert.Equal(["A", "B"], content[0]!["logprobs"]!.AsArray().Select(token => (string)token!["token"]!));
        Assert.Equal("https://a.example", (string)content[0]!["annotations"]![0]!["url"]!);
        Assert.Equal("Nope", (string)content[1]!["refusal"]!);
    }

    [Theory]
    [InlineData("length", "max_output_tokens")]
    [InlineData("content_filter", "content_filter")]
    public void A_stream_that_was_cut_off_is_incomplete(string finish, string reason)
    {
        var last = Checked(Chat.Stream([Chat.Text("Half"), Chat.Delta(new { }, finish), Chat.Usage]))[^1];
        Assert.Equal("response.incomplete", (string)last["type"]!);
        Assert.Equal(reason, (string)last["response"]!["incomplete_details"]!["reason"]!);
        Assert.Equal("incomplete", (string)last["response"]!["output"]![0]!["status"]!);
    }

    [Fact]
    public void However_a_text_is_cut_into_deltas_it_comes_to_the_same()
    {
        // Escapes, a pair of surrogates and text of several bytes a character; cut as UTF-16, halves of the pair included.
        const string Text = "a\"\\\n\u0001é漢😀\t</script>";
        for (int first = 1; first < Text.Length; first++)
        {
            for (int second = first; second < Text.Length; second++)
            {
                string[] pieces = [Text[..first], Text[first..second], Text[second..]];
                var output = Checked(Chat.Stream([.. pieces.Select(piece => "{\"choices\":[{\"delta\":{\"content\":" + Escape(piece) + "}}]}"), Chat.Delta(new { }, "stop")]))[^1]["response"]!["output"]!;
                Assert.Equal(Text, (string)output[0]!["content"]![0]!["text"]!);
            }
        }
    }

    [Fact]
    public void A_megabyte_of_arguments_arrives_whole()
    {
        string big = JsonSerializer.Serialize(new { text = new string('é', 400_000) + "\"\\" });
        var chunks = big.Chunk(1_000).Select(piece => Chat.Delta(new { tool_calls = new[] { Tool(0, null, null, new string(piece)) } }));
        var output = Checked(Chat.Stream([Chat.Delta(new { tool_calls = new[] { Tool(0, "call", "f", "") } }), .. chunks, Chat.Delta(new { }, "tool_calls")]))[^1]["response"]!["output"]!;
        Assert.Equal(big, (string)output[0]!["arguments"]!);
    }

    [Fact]
    public void A_stream_that_breaks_off_can_be_failed_in_the_apis_own_words()
    {
        ArrayBufferWriter<byte> output = new();
        var stream = Chat.Dialect.TranslateStream(Chat.Bytes("""{"model":"m","input":"hi"}"""));
        stream.Translate(default, Encoding.UTF8.GetBytes(Chat.Text("Hal")), output);
        stream.Fail("server_error", "The provider broke off.", output);
        stream.Complete(output);
        var events = Chat.Events(output.WrittenSpan);
        Assert.Equal("response.failed", (string)events[^1]["type"]!);
        Assert.Equal("failed", (string)events[^1]["response"]!["status"]!);
        Assert.Equal("server_error", (string)events[^1]["response"]!["error"]!["code"]!);
        Assert.Equal("Hal", (string)events[^1]["response"]!["output"]![0]!["content"]![0]!["text"]!);
    }

    [Theory]
    [InlineData("""{"error":{"message":"Overloaded"}}""")]
    [InlineData("""{"choices":[{"delta":{"content":"x"}""")]
    [InlineData("""[1]""")]
    [InlineData("not json")]
    public void What_is_no_chunk_is_said_to_be_none(string chunk) => Assert.Throws<WireException>(() => Chat.Stream([chunk]));

    [Theory]
    [InlineData("""{"choices":[{"delta":null,"logprobs":7,"finish_reason":null}],"usage":null}""")]
    [InlineData("""{"choices":null,"usage":[]}""")]
    [InlineData("""{"choices":[{"delta":{"content":null,"tool_calls":null,"reasoning":{"a":1},"annotations":{}}}]}""")]
    [InlineData("""{"choices":[{"delta":[]}],"model":null,"created":"x"}""")]
    public void Odd_members_are_passed_over(string chunk) =>
        Assert.Equal("Hi", (string)Checked(Chat.Stream([chunk, Chat.Text("Hi"), Chat.Delta(new { }, "stop")]))[^1]["response"]!["output"]![0]!["content"]![0]!["text"]!);

    private static List<JsonNode> Checked(List<JsonNode> events)
    {
        var added = Snapshot.Of(events);
        var told = events[^1]["response"]!["output"]!;
        Assert.True(JsonNode.DeepEquals(told, added), $"The events add up to {added.ToJsonString()}\nbut the last one says {told.ToJsonString()}");
        return events;
    }

    private static object Tool(int? index, string? id, string? name, string arguments)
    {
        JsonObject tool = new() { ["function"] = new JsonObject { ["arguments"] = arguments } };
        if (index is not null)
        {
            tool["index"] = index;
        }

        if (id is not null)
        {
            tool["id"] = id;
            tool["type"] = "function";
            tool["function"]!["name"] = name;
        }

        return tool;
    }

    private static string Escape(string text)
    {
        StringBuilder json = new("\"");
        foreach (char one in text)
        {
            json.Append(one is '"' or '\\' || char.IsSurrogate(one) || char.IsControl(one) ? $"\\u{(int)one:x4}" : one.ToString());
        }

        return json.Append('"').ToString();
    }
}
