using System.Text.Json;
using System.Text.Json.Nodes;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;

namespace AiSaas.Tests.Llm.Wire;

public sealed class MessagesOverChatRequestTests
{
    private readonly DialectDriver _dialect = new(new MessagesOverChat());

    private const string Hi = """[{"role":"user","content":"hi"}]""";

    private static void Same(string expected, JsonNode? actual) => DialectDriver.Same(expected, actual);

    [Fact]
    public void Parameters_are_said_in_openais_words() => Same(
        """
        {"model":"m","messages":[{"role":"system","content":"Be kind.\n\nBe brief."},{"role":"user","content":"hi"}],"max_tokens":50,"temperature":0.3,"top_p":0.9,"stop":["END"],"user":"u",
         "stream":true,"stream_options":{"include_usage":true}}
        """,
        _dialect.Request($$$"""
            {"model":"logical","max_tokens":50,"system":[{"type":"text","text":"Be kind."},{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],"messages":{{{Hi}}},
             "temperature":0.3,"top_p":0.9,"top_k":40,"stop_sequences":["END"],"metadata":{"user_id":"u"},"stream":true,"service_tier":"auto"}
            """, "m"));

    [Fact]
    public void OpenAIs_own_models_get_their_own_bound_and_no_sampling()
    {
        DialectDriver openAI = new(new MessagesOverChat(sendsMaxCompletionTokens: true));

        Same("""{"model":"gpt-5","messages":[{"role":"user","content":"hi"}],"max_completion_tokens":50}""",
            openAI.Request($$$"""{"max_tokens":50,"messages":{{{Hi}}},"temperature":0.3,"top_p":0.9,"stop_sequences":[]}""", "gpt-5"));
        Assert.NotNull(openAI.Request($$$"""{"max_tokens":50,"messages":{{{Hi}}},"temperature":0.3}""", "gpt-5-chat-latest")["temperature"]);
    }

    [Theory]
    [InlineData("gpt-5-mini", """{"thinking":{"type":"enabled","budget_tokens":2000}}""", "low")]
    [InlineData("openai/gpt-oss-120b", """{"thinking":{"type":"enabled","budget_tokens":10000}}""", "medium")]
    [InlineData("o3", """{"thinking":{"type":"enabled","budget_tokens":32000}}""", "high")]
    [InlineData("gemini-2.5-pro", """{"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}}""", "high")]
    [InlineData("gpt-5", """{"thinking":{"type":"disabled"},"output_config":{"effort":"max"}}""", null)]
    [InlineData("gpt-5", "{}", null)]
    [InlineData("gpt-4o", """{"thinking":{"type":"enabled","budget_tokens":2000}}""", null)]
    [InlineData("llama-3.3-70b", """{"thinking":{"type":"adaptive"},"output_config":{"effort":"high"}}""", null)]
    public void Thinking_is_effort_where_the_model_takes_it(string model, string given, string? effort)
    {
        var request = JsonNode.Parse(given)!.AsObject();
        request["max_tokens"] = 100;
        request["messages"] = JsonNode.Parse(Hi);

        Assert.Equal(effort, (string?)_dialect.Request(request.ToJsonString(), model)["reasoning_effort"]);
    }

    [Fact]
    public void Blocks_become_parts_calls_and_messages() => Same(
        """
        [{"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://example.org/a.png"}},
           {"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBE"}},{"type":"text","text":"Notes\nplain words"}]},
         {"role":"assistant","content":"Looking.","tool_calls":[{"id":"t1","type":"function","function":{"name":"f","arguments":"{\"a\":1.50,\"b\":\"é\"}"}},{"id":"t2","type":"function","function":{"name":"g","arguments":"{}"}}]},
         {"role":"tool","tool_call_id":"t1","content":"one\ntwo"},
         {"role":"tool","tool_call_id":"t2","content":"Error: no such file"},
         {"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,BBBB"}},{"type":"text","text":"And?"}]},
         {"role":"assistant","content":"Done."}]
        """,
        _dialect.Request("""
            {"max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":"look"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},{"type":"image","source":{"type":"url","url":"https://example.org/a.png"}},
               {"type":"document","title":"a.pdf","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}},{"type":"document","title":"Notes","source":{"type":"text","media_type":"text/plain","data":"plain words"}}]},
             {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"Looking."},{"type":"tool_use","id":"t1","name":"f","input":{"a":1.50,"b":"é"}},{"type":"tool_use","id":"t2","name":"g","input":{}}]},
             {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"one"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"BBBB"}},{"type":"text","text":"two"}]},
               {"type":"tool_result","tool_use_id":"t2","is_error":true,"content":"no such file"},{"type":"text","text":"And?"}]},
             {"role":"assistant","content":[{"type":"text","text":"Do"},{"type":"text","text":"ne."}]}]}
            """)["messages"]);

    [Fact]
    public void A_megabyte_of_arguments_arrives_whole()
    {
        string text = string.Concat(Enumerable.Repeat("größe 😀 \"quoted\" \\ \n", 60_000));

        var request = _dialect.Request(JsonSerializer.Serialize(new
        {
            max_tokens = 9,
            messages = new object[]
            {
                new { role = "user", content = "go" },
                new { role = "assistant", content = new[] { new { type = "tool_use", id = "c", name = "f", input = new { text } } } },
            },
        }));

        Assert.Equal(text, (string)JsonNode.Parse((string)request["messages"]![1]!["tool_calls"]![0]!["function"]!["arguments"]!)!["text"]!);
    }

    [Fact]
    public void Tools_become_functions() => Same(
        """[{"type":"function","function":{"name":"a","description":"does a","parameters":{"type":"object"}}},{"type":"function","function":{"name":"b","parameters":{"type":"object"}}}]""",
        _dialect.Request($$$"""
            {"max_tokens":9,"messages":{{{Hi}}},"tools":[{"name":"a","description":"does a","input_schema":{"type":"object"},"cache_control":{"type":"ephemeral"}},{"type":"custom","name":"b","input_schema":{"type":"object"}}]}
            """)["tools"]);

    [Theory]
    [InlineData("""{"type":"auto"}""", "\"auto\"")]
    [InlineData("""{"type":"any"}""", "\"required\"")]
    [InlineData("""{"type":"none"}""", "\"none\"")]
    [InlineData("""{"type":"tool","name":"a"}""", """{"type":"function","function":{"name":"a"}}""")]
    public void The_choice_of_tools_is_translated(string given, string expected) => Same(
        expected, _dialect.Request($$$"""{"max_tokens":9,"messages":{{{Hi}}},"tools":[{"name":"a","input_schema":{}}],"tool_choice":{{{given}}} }""")["tool_choice"]);

    [Fact]
    public void One_tool_at_a_time_is_said() => Assert.False((bool)_dialect.Request(
        $$$"""{"max_tokens":9,"messages":{{{Hi}}},"tools":[{"name":"a","input_schema":{}}],"tool_choice":{"type":"auto","disable_parallel_tool_use":true} }""")["parallel_tool_calls"]!);

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}""", true)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}""", false)]
    [InlineData("""{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{}}}},"required":["a"],"additionalProperties":false}""", false)]
    public void A_schema_is_strict_where_openai_would_take_it_so(string schema, bool strict)
    {
        var format = _dialect.Request($$$"""{"max_tokens":9,"messages":{{{Hi}}},"output_config":{"format":{"type":"json_schema","schema":{{{schema}}} } } }""")["response_format"]!;

        Assert.Equal("json_schema", (string)format["type"]!);
        Assert.Equal(strict, (bool)format["json_schema"]!["strict"]!);
        Same(schema, format["json_schema"]!["schema"]);
    }

    [Theory]
    [InlineData("\"mcp_servers\":[{\"url\":\"x\"}]", "mcp_servers")]
    [InlineData("\"container\":\"c\"", "container")]
    [InlineData("\"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"web_search\"}]", "tools[0]")]
    [InlineData("\"tools\":[{\"name\":\"f\",\"input_schema\":{}}],\"tool_choice\":{\"type\":\"x\"}", "tool_choice")]
    [InlineData("\"system\":5", "system")]
    [InlineData("\"output_config\":{\"format\":{\"type\":\"xml\"}}", "output_config.format")]
    public void What_cannot_be_said_is_refused_by_name(string given, string parameter) =>
        Assert.Equal(parameter, Assert.Throws<WireException>(() => _dialect.Request($$$"""{"max_tokens":9,"messages":{{{Hi}}},{{{given}}} }""")).Parameter);

    [Theory]
    [InlineData("""{"messages":[]}""", "max_tokens")]
    [InlineData("""{"max_tokens":9}""", "messages")]
    [InlineData("""{"max_tokens":9,"messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"max_tokens":9,"messages":[{"role":"critic","content":"x"}]}""", "messages[0].role")]
    [InlineData("""{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"url","url":"x"}}]}]}""", "messages[0].content[0]")]
    [InlineData("""{"max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","content":"x"}]}]}""", "messages[0].content[0].tool_use_id")]
    public void A_malformed_request_is_refused_by_place(string request, string parameter) =>
        Assert.Equal(parameter, Assert.Throws<WireException>(() => _dialect.Request(request)).Parameter);
}
