using System.Text.Json;
using System.Text.Json.Nodes;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;

namespace AiSaas.Tests.Llm.Wire;

public sealed class ChatOverMessagesRequestTests
{
    private readonly DialectDriver _dialect = new(new ChatOverMessages(DialectDriver.Clock));

    private const string Hi = """[{"role":"user","content":"hi"}]""";

    private static void Same(string expected, JsonNode? actual) => DialectDriver.Same(expected, actual);

    [Fact]
    public void A_plain_question_is_a_message_with_a_bound() => Same(
        """{"model":"claude-sonnet-4-5","max_tokens":8192,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}""",
        _dialect.Request($$$"""{"model":"logical","messages":{{{Hi}}},"seed":4,"made_up":{"x":1}}"""));

    [Fact]
    public void Parameters_are_said_in_anthropics_words() => Same(
        """
        {"model":"claude-sonnet-4-5","max_tokens":50,"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}],"temperature":1,
         "stop_sequences":["END","\u00e9"],"metadata":{"user_id":"u-1"},"stream":true}
        """,
        _dialect.Request($$$"""{"messages":{{{Hi}}},"max_tokens":90,"max_completion_tokens":50,"temperature":1.7,"top_p":0.5,"stop":["END"," \n","\u00e9"],"user":"u-1","stream":true,"stream_options":{"include_usage":true}}"""));

    [Theory]
    [InlineData("claude-3-5-sonnet-20241022", true, true)]
    [InlineData("some-compatible-model", true, true)]
    [InlineData("claude-sonnet-4-6", true, false)]
    [InlineData("us.anthropic.claude-opus-4-7-v1:0", false, false)]
    [InlineData("claude-opus-5", false, false)]
    [InlineData("claude-next", false, false)]
    public void Sampling_is_left_out_where_a_model_refuses_it(string model, bool temperature, bool topP)
    {
        var request = _dialect.Request($$$"""{"messages":{{{Hi}}},"temperature":0.2,"top_p":0.5}""", model);

        Assert.Equal(temperature, request["temperature"] is not null);
        Assert.Equal(topP, request["top_p"] is not null);
    }

    [Fact]
    public void Instructions_go_to_system_from_wherever_they_stand() => Same(
        """{"system":[{"type":"text","text":"one"},{"type":"text","text":"two"},{"type":"text","text":"three"}],"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"there"}]}]}""",
        Without(_dialect.Request("""
            {"messages":[{"role":"system","content":"one"},{"role":"user","content":"hi"},{"role":"developer","content":[{"type":"text","text":"two"},{"type":"text","text":"three"}]},{"role":"system","content":""},{"role":"user","content":"there"}]}
            """), "model", "max_tokens"));

    [Fact]
    public void Nothing_but_instructions_is_asked_by_the_user() => Same(
        """{"messages":[{"role":"user","content":[{"type":"text","text":"one"}]}]}""",
        Without(_dialect.Request("""{"messages":[{"role":"system","content":"one"}]}"""), "model", "max_tokens"));

    [Fact]
    public void A_conversation_that_the_assistant_opens_gets_a_user_before_it()
    {
        var messages = _dialect.Request("""{"messages":[{"role":"assistant","content":"Hello!"},{"role":"user","content":"hi"}]}""")["messages"]!.AsArray();

        Assert.Equal(["user", "assistant", "user"], messages.Select(message => (string)message!["role"]!));
    }

    [Fact]
    public void Images_and_files_become_sources() => Same(
        """
        [{"role":"user","content":[{"type":"text","text":"what is it?"},
          {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
          {"type":"image","source":{"type":"url","url":"https://example.org/a.png"},"cache_control":{"type":"ephemeral"}},
          {"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"},"title":"a.pdf"}]}]
        """,
        _dialect.Request("""
            {"messages":[{"role":"user","content":[{"type":"text","text":"what is it?"},
              {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}},
              {"type":"image_url","image_url":{"url":"https://example.org/a.png"},"cache_control":{"type":"ephemeral"}},
              {"type":"file","file":{"file_data":"data:application/pdf;base64,JVBE","filename":"a.pdf"}}]}]}
            """)["messages"]);

    [Fact]
    public void Calls_and_results_of_tools_become_blocks_and_one_turn() => Same(
        """
        [{"role":"user","content":[{"type":"text","text":"weather?"}]},
         {"role":"assistant","content":[{"type":"text","text":"Looking."},
           {"type":"tool_use","id":"call_1","name":"weather","input":{"city":"Bern","n":1.50}},
           {"type":"tool_use","id":"call_2","name":"now","input":{}}]},
         {"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"12 °C"},
           {"type":"tool_result","tool_use_id":"call_2","content":[{"type":"text","text":"noon"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA"}}]},
           {"type":"text","text":"And?"}]}]
        """,
        _dialect.Request("""
            {"tools":[{"type":"function","function":{"name":"weather"}},{"type":"function","function":{"name":"now"}}],
             "messages":[{"role":"user","content":"weather?"},
             {"role":"assistant","content":"Looking.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Bern\",\"n\":1.50}"}},{"id":"call_2","type":"function","function":{"name":"now","arguments":""}}]},
             {"role":"tool","tool_call_id":"call_1","content":"12 °C"},
             {"role":"tool","tool_call_id":"call_2","content":[{"type":"text","text":"noon"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]},
             {"role":"user","content":"And?"}]}
            """)["messages"]);

    [Fact]
    public void A_megabyte_of_arguments_arrives_whole()
    {
        string text = string.Concat(Enumerable.Repeat("größe 😀 \"quoted\" \\ \n", 60_000));
        string arguments = JsonSerializer.Serialize(new { text });
        Assert.True(arguments.Length > 1_000_000);

        var request = _dialect.Request(JsonSerializer.Serialize(new
        {
            messages = new object[]
            {
                new { role = "user", content = "go" },
                new { role = "assistant", tool_calls = new[] { new { id = "c", type = "function", function = new { name = "f", arguments } } } },
                new { role = "tool", tool_call_id = "c", content = text },
            },
        }));

        Assert.Equal(text, (string)request["messages"]![1]!["content"]![0]!["input"]!["text"]!);
        Assert.Equal(text, (string)request["messages"]![2]!["content"]![0]!["content"]!);
    }

    [Fact]
    public void Tools_keep_their_schema_and_get_one_where_they_have_none() => Same(
        """
        [{"name":"a","description":"does a","input_schema":{"type":"object","properties":{"x":{"type":"number"}},"required":["x"]}},
         {"name":"b","input_schema":{"type":"object"}},
         {"name":"c","input_schema":{"type":"object","properties":{}},"cache_control":{"type":"ephemeral"}}]
        """,
        _dialect.Request($$$"""
            {"messages":{{{Hi}}},"tools":[
             {"type":"function","function":{"name":"a","description":"does a","strict":true,"parameters":{"type":"object","properties":{"x":{"type":"number"}},"required":["x"]} } },
             {"type":"function","function":{"name":"b"}},
             {"type":"function","function":{"name":"c","parameters":{"properties":{} } },"cache_control":{"type":"ephemeral"}}]}
            """)["tools"]);

    [Theory]
    [InlineData("\"tool_choice\":\"auto\"", """{"type":"auto"}""")]
    [InlineData("\"tool_choice\":\"none\",\"parallel_tool_calls\":false", """{"type":"none"}""")]
    [InlineData("\"tool_choice\":\"required\"", """{"type":"any"}""")]
    [InlineData("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"f\"}}", """{"type":"tool","name":"f"}""")]
    [InlineData("\"parallel_tool_calls\":false", """{"type":"auto","disable_parallel_tool_use":true}""")]
    [InlineData("\"tool_choice\":\"required\",\"parallel_tool_calls\":false", """{"type":"any","disable_parallel_tool_use":true}""")]
    public void The_choice_of_tools_is_translated(string given, string expected) => Same(
        expected, _dialect.Request($$$"""{"messages":{{{Hi}}},"tools":[{"type":"function","function":{"name":"f"}}],{{{given}}} }""")["tool_choice"]);

    [Fact]
    public void Tools_that_only_the_history_knows_are_defined_but_not_offered()
    {
        var request = _dialect.Request("""
            {"messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"y"}]}
            """);

        Same("""[{"name":"f","input_schema":{"type":"object"}}]""", request["tools"]);
        Same("""{"type":"none"}""", request["tool_choice"]);
    }

    [Fact]
    public void A_schema_is_structured_output_with_its_bounds_in_words() => Same(
        """
        {"format":{"type":"json_schema","schema":{"type":"object","properties":{"age":{"type":"integer","description":"In years. (minimum: 0, maximum: 150)"},
          "tags":{"type":"array","items":{"type":"object","properties":{},"additionalProperties":false},"minItems":1},"maximum":{"type":"string","format":"date","description":"(maxLength: 9)"}},
          "required":["age"],"additionalProperties":false}}}
        """,
        _dialect.Request($$$"""
            {"messages":{{{Hi}}},"response_format":{"type":"json_schema","json_schema":{"name":"p","strict":true,"schema":{"type":"object","properties":{
              "age":{"type":"integer","description":"In years.","minimum":0,"maximum":150},"tags":{"type":"array","items":{"type":"object","properties":{},"additionalProperties":true},"minItems":1},
              "maximum":{"type":"string","format":"date","maxLength":9}},"required":["age"]} } } }
            """)["output_config"]);

    [Fact]
    public void A_model_without_structured_output_answers_by_a_forced_tool()
    {
        const string Format = "\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"p\",\"schema\":{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"maxLength\":3}}}}}";

        var forced = _dialect.Request($$$"""{"messages":{{{Hi}}},{{{Format}}} }""", "claude-3-5-haiku-20241022");
        var beside = _dialect.Request($$$"""{"messages":{{{Hi}}},"tools":[{"type":"function","function":{"name":"f"}}],{{{Format}}} }""", "claude-3-5-haiku-20241022");

        Assert.Null(forced["output_config"]);
        Same("""{"type":"tool","name":"give_json_answer"}""", forced["tool_choice"]);
        Same("""{"type":"object","properties":{"a":{"type":"string","maxLength":3}}}""", forced["tools"]![0]!["input_schema"]);
        Same("""{"type":"any"}""", beside["tool_choice"]);
        Assert.Equal(2, beside["tools"]!.AsArray().Count);
    }

    [Fact]
    public void Any_json_object_is_asked_for_in_the_system_prompt()
    {
        var system = _dialect.Request("""{"messages":[{"role":"system","content":"Be kind."},{"role":"user","content":"hi"}],"response_format":{"type":"json_object"}}""")["system"]!.AsArray();

        Assert.Equal("Be kind.", (string)system[0]!["text"]!);
        Assert.Contains("JSON object", (string)system[1]!["text"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", "\"reasoning_effort\":\"low\"", """{"type":"enabled","budget_tokens":2048}""", null, 10_240)]
    [InlineData("claude-sonnet-4-5", "\"reasoning_effort\":\"high\",\"max_completion_tokens\":6000", """{"type":"enabled","budget_tokens":3000}""", null, 6_000)]
    [InlineData("claude-sonnet-4-5", "\"reasoning_effort\":\"high\",\"max_completion_tokens\":1000", null, null, 1_000)]
    [InlineData("claude-sonnet-4-5", "\"reasoning_effort\":\"none\"", null, null, 8_192)]
    [InlineData("claude-3-5-sonnet-20241022", "\"reasoning_effort\":\"high\"", null, null, 8_192)]
    [InlineData("claude-opus-4-6", "\"reasoning_effort\":\"xhigh\"", """{"type":"adaptive"}""", "high", 32_768)]
    [InlineData("claude-opus-5", "\"reasoning_effort\":\"xhigh\"", """{"type":"adaptive","display":"summarized"}""", "xhigh", 32_768)]
    [InlineData("claude-opus-5", "\"reasoning_effort\":\"none\"", """{"type":"disabled"}""", "low", 32_768)]
    [InlineData("claude-opus-5-5", "\"reasoning_effort\":\"none\"", null, "low", 32_768)]
    [InlineData("claude-sonnet-5-5", "\"reasoning_effort\":\"none\"", """{"type":"between_tools"}""", "low", 32_768)]
    [InlineData("claude-haiku-5-5", "\"reasoning_effort\":\"none\",\"max_tokens\":40", """{"type":"disabled"}""", "low", 40)]
    [InlineData("claude-fable-5-1", "\"reasoning_effort\":\"none\"", null, "low", 32_768)]
    public void Effort_becomes_a_budget_or_a_level(string model, string given, string? thinking, string? level, int maxTokens)
    {
        var request = _dialect.Request($$$"""{"messages":{{{Hi}}},"temperature":0.5,{{{given}}} }""", model);

        Same(thinking ?? "null", request["thinking"]);
        Assert.Equal(level, (string?)request["output_config"]?["effort"]);
        Assert.Equal(maxTokens, (int)request["max_tokens"]!);
        Assert.False(thinking is not null && request["temperature"] is not null);
    }

    [Fact]
    public void Where_thinking_is_not_allowed_the_call_goes_on_without()
    {
        const string Tool = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]";

        Assert.Null(_dialect.Request($$$"""{"messages":{{{Hi}}},{{{Tool}}},"tool_choice":"required","reasoning_effort":"high"}""")["thinking"]);
        Assert.Null(_dialect.Request($$$"""
            {"messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"y"}],{{{Tool}}},"reasoning_effort":"high"}
            """)["thinking"]);
    }

    [Theory]
    [InlineData("claude-sonnet-4-5", "any", null, false)]
    [InlineData("claude-opus-4-7", "any", null, false)]
    [InlineData("claude-opus-5", "any", "disabled", false)]
    [InlineData("claude-haiku-5-5", "any", "disabled", false)]
    [InlineData("claude-opus-5-5", "auto", null, true)]
    [InlineData("claude-sonnet-5-5", "auto", null, true)]
    [InlineData("claude-mythos-5", "auto", null, true)]
    public void A_tool_is_forced_where_the_model_allows_it_and_asked_for_where_not(string model, string choice, string? thinking, bool isAsked)
    {
        var request = _dialect.Request($$$"""{"messages":{{{Hi}}},"tools":[{"type":"function","function":{"name":"f"} }],"tool_choice":"required"}""", model);

        Assert.Equal(choice, (string)request["tool_choice"]!["type"]!);
        Assert.Equal(thinking, (string?)request["thinking"]?["type"]);
        Assert.Equal(isAsked, request["system"] is not null);
    }

    [Fact]
    public void A_long_beginning_is_marked_for_the_prompt_cache_once_and_a_short_one_is_not()
    {
        string prompt = new('s', 5_000);
        string tools = "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\"}},{\"type\":\"function\",\"function\":{\"name\":\"g\"}}]";

        var marked = _dialect.Request($$$"""{"messages":[{"role":"system","content":"a"},{"role":"system","content":"{{{prompt}}}"},{"role":"user","content":"hi"}],{{{tools}}} }""");
        var own = _dialect.Request($$$"""{"messages":[{"role":"system","content":"{{{prompt}}}"},{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral","ttl":"1h"}}]}],{{{tools}}} }""");
        var small = _dialect.Request($$$"""{"messages":[{"role":"system","content":"a"},{"role":"user","content":"{{{prompt}}}"}],{{{tools}}} }""");

        Assert.Null(marked["tools"]![0]!["cache_control"]);
        Same("""{"type":"ephemeral"}""", marked["tools"]![1]!["cache_control"]);
        Assert.Null(marked["system"]![0]!["cache_control"]);
        Same("""{"type":"ephemeral"}""", marked["system"]![1]!["cache_control"]);
        Assert.Null(own["tools"]![1]!["cache_control"]);
        Same("""{"type":"ephemeral","ttl":"1h"}""", own["messages"]![0]!["content"]![0]!["cache_control"]);
        Assert.DoesNotContain("cache_control", small.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_prefill_loses_the_white_space_at_its_end_only() => Same(
        """[{"role":"user","content":[{"type":"text","text":"x "}]},{"role":"assistant","content":[{"type":"text","text":"The answer is"}]}]""",
        _dialect.Request("""{"messages":[{"role":"user","content":"x "},{"role":"assistant","content":"The answer is \n"}]}""")["messages"]);

    [Theory]
    [InlineData("\"n\":2", "n")]
    [InlineData("\"logprobs\":true", "logprobs")]
    [InlineData("\"top_logprobs\":3", "top_logprobs")]
    [InlineData("\"modalities\":[\"text\",\"audio\"]", "modalities")]
    [InlineData("\"audio\":{\"voice\":\"x\"}", "audio")]
    [InlineData("\"functions\":[]", "functions")]
    [InlineData("\"web_search_options\":{}", "web_search_options")]
    [InlineData("\"max_tokens\":0", "max_tokens")]
    [InlineData("\"max_tokens\":\"9\"", "max_tokens")]
    [InlineData("\"temperature\":\"hot\"", "temperature")]
    [InlineData("\"stop\":7", "stop")]
    [InlineData("\"tools\":[{\"type\":\"custom\",\"custom\":{\"name\":\"x\"}}]", "tools[0]")]
    [InlineData("\"tool_choice\":\"maybe\"", "tool_choice")]
    [InlineData("\"response_format\":{\"type\":\"xml\"}", "response_format")]
    [InlineData("\"response_format\":{\"type\":\"json_schema\"}", "response_format")]
    [InlineData("\"reasoning_effort\":\"lots\"", "reasoning_effort")]
    public void What_cannot_be_said_is_refused_by_name(string given, string parameter)
    {
        var refused = Assert.Throws<WireException>(() => _dialect.Request($$$"""{"messages":{{{Hi}}},{{{given}}} }"""));

        Assert.Equal(parameter, refused.Parameter);
    }

    [Theory]
    [InlineData("""{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"x"}}]}""", "messages[0].content[0]")]
    [InlineData("""{"role":"user","content":[{"type":"file","file":{"file_id":"f"}}]}""", "messages[0].content[0]")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png,raw"}}]}""", "messages[0].content[0]")]
    [InlineData("""{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}""", "messages[0].content[0]")]
    [InlineData("""{"role":"user","content":5}""", "messages[0].content")]
    [InlineData("""{"role":"critic","content":"x"}""", "messages[0].role")]
    [InlineData("""{"role":"tool","content":"x"}""", "messages[0].tool_call_id")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"cut"}}]}""", "messages[0].tool_calls[0].function.arguments")]
    [InlineData("""{"role":"user","content":""}""", "messages")]
    public void A_message_that_cannot_be_said_is_refused_by_place(string message, string parameter)
    {
        var refused = Assert.Throws<WireException>(() => _dialect.Request($$$"""{"messages":[{{{message}}}]}"""));

        Assert.Equal(parameter, refused.Parameter);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"messages\":[")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"messages\":\"hi\"}")]
    public void A_malformed_request_is_refused(string request) => Assert.Throws<WireException>(() => _dialect.Request(request));

    [Fact]
    public void Half_a_surrogate_pair_passes_or_is_replaced_but_never_throws()
    {
        var request = _dialect.Request("""{"messages":[{"role":"user","content":"cut \ud83d"},{"role":"assistant","content":"cut \ud83d"}]}""");

        Assert.Equal("cut \ufffd", (string)request["messages"]![1]!["content"]![0]!["text"]!);
    }

    private static JsonNode Without(JsonNode node, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            node.AsObject().Remove(name);
        }

        return node;
    }
}
