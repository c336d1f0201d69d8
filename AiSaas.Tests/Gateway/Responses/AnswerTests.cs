using AiSaas.Llm.Wire;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>Whole chat completions as responses.</summary>
public sealed class AnswerTests
{
    [Fact]
    public void A_text_becomes_a_completed_response_with_every_member_that_clients_expect()
    {
        var response = Chat.Whole(
            """
            {"id":"chatcmpl-1","object":"chat.completion","created":1790000000,"model":"gpt-up-1","choices":[{"index":0,"message":{"role":"assistant","content":"Hé \u00e9 \ud83d\ude00 \"q\"","refusal":null},"logprobs":null,"finish_reason":"stop"}],
             "usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":3}}}
            """,
            """{"model":"m","input":"hi","instructions":"Be brief.","metadata":{"k":"v"},"temperature":0.2,"store":false,"previous_response_id":"resp_before","tools":[{"type":"function","name":"f","parameters":{}}]}""");

        Assert.StartsWith("resp_", (string)response["id"]!);
        Assert.Equal("response", (string)response["object"]!);
        Assert.Equal(1790000000, (long)response["created_at"]!);
        Assert.Equal("completed", (string)response["status"]!);
        Assert.Equal("gpt-up-1", (string)response["model"]!);
        var message = Assert.Single(response["output"]!.AsArray())!;
        Assert.Equal("completed", (string)message["status"]!);
        Assert.Equal("Hé é 😀 \"q\"", (string)message["content"]![0]!["text"]!);
        Assert.Equal("""{"input_tokens":12,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":19}""", response["usage"]!.ToJsonString());
        Assert.Equal("Be brief.", (string)response["instructions"]!);
        Assert.Equal("v", (string)response["metadata"]!["k"]!);
        Assert.Equal("resp_before", (string)response["previous_response_id"]!);
        Assert.False((bool)response["store"]!);
        Assert.Equal(0.2, (double)response["temperature"]!);
        Assert.Single(response["tools"]!.AsArray());
        foreach (string member in (string[])["parallel_tool_calls", "tool_choice", "top_p", "text", "truncation", "reasoning", "background", "service_tier"])
        {
            Assert.NotNull(response[member]);
        }

        foreach (string member in (string[])["error", "incomplete_details", "max_output_tokens", "user"])
        {
            Assert.True(response.AsObject().TryGetPropertyValue(member, out var value) && value is null, member);
        }
    }

    [Fact]
    public void Thought_text_refusal_and_calls_become_items_in_this_order()
    {
        var output = Chat.Whole("""
            {"choices":[{"message":{"reasoning_content":"Hm.","content":"I look.","refusal":"Not that.","tool_calls":[
              {"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"at\":\"a\"}"}},
              {"type":"function","function":{"name":"think","arguments":{"a":1}}}]},"finish_reason":"tool_calls"}]}
            """)["output"]!.AsArray();

        Assert.Equal(["reasoning", "message", "function_call", "function_call"], output.Select(item => (string)item!["type"]!));
        Assert.Equal("Hm.", (string)output[0]!["content"]![0]!["text"]!);
        Assert.Equal("Not that.", (string)output[1]!["content"]![1]!["refusal"]!);
        Assert.Equal(("call_1", "look", """{"at":"a"}"""), ((string)output[2]!["call_id"]!, (string)output[2]!["name"]!, (string)output[2]!["arguments"]!));
        Assert.StartsWith("call_", (string)output[3]!["call_id"]!);
        Assert.Equal("""{"a":1}""", (string)output[3]!["arguments"]!);
    }

    [Theory]
    [InlineData("length", "max_output_tokens")]
    [InlineData("content_filter", "content_filter")]
    public void An_answer_that_was_cut_off_is_incomplete(string finish, string reason)
    {
        var response = Chat.Whole($$"""{"choices":[{"message":{"content":"Half"},"finish_reason":"{{finish}}"}]}""");
        Assert.Equal("incomplete", (string)response["status"]!);
        Assert.Equal(reason, (string)response["incomplete_details"]!["reason"]!);
        Assert.Equal("incomplete", (string)response["output"]![0]!["status"]!);
        Assert.Null(response["completed_at"]);
    }

    [Fact]
    public void Citations_and_logprobs_come_along()
    {
        var part = Chat.Whole("""
            {"choices":[{"message":{"content":"See","annotations":[{"type":"url_citation","url_citation":{"start_index":0,"end_index":3,"url":"https://a.example","title":"A"}}]},
              "logprobs":{"content":[{"token":"See","logprob":-0.1,"bytes":[83],"top_logprobs":[]}]},"finish_reason":"stop"}]}
            """)["output"]![0]!["content"]![0]!;
        Assert.Equal("""{"type":"url_citation","start_index":0,"end_index":3,"url":"https://a.example","title":"A"}""", part["annotations"]![0]!.ToJsonString());
        Assert.Equal("See", (string)part["logprobs"]![0]!["token"]!);
    }

    [Theory]
    [InlineData("""{"error":{"message":"Out of memory"}}""")]
    [InlineData("""{"choices":[]}""")]
    [InlineData("""[]""")]
    [InlineData("""{"choices":[{"mess""")]
    public void What_is_no_answer_is_said_to_be_none(string answer) => Assert.Throws<WireException>(() => Chat.Whole(answer));

    [Fact]
    public void Half_a_character_at_the_cut_does_no_harm()
    {
        var response = Chat.Whole("""{"choices":[{"message":{"content":"Half \ud83d"},"finish_reason":"length"}]}""");
        Assert.Equal("Half \ufffd", (string)response["output"]![0]!["content"]![0]!["text"]!);
    }
}
