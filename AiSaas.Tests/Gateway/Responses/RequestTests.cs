using System.Text.Json.Nodes;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Responses;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>Requests of the Responses API as chat completions say them.</summary>
public sealed class RequestTests
{
    [Fact]
    public void A_string_and_instructions_become_two_messages() => Same(
        """{"model":"target-model","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"hi \ud83d\ude00"}]}""",
        Chat.Request("""{"model":"m","input":"hi \ud83d\ude00","instructions":"Be brief.","store":true,"metadata":{"a":"b"},"previous_response_id":null}"""));

    [Fact]
    public void An_answers_items_become_one_assistant_message_and_outputs_follow_it() => Same(
        """
        [
          {"role":"developer","content":"Be kind."},
          {"role":"user","content":[{"type":"text","text":"look"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA","detail":"low"}},{"type":"file","file":{"file_data":"data:application/pdf;base64,AA","filename":"a.pdf"}}]},
          {"role":"assistant","content":"Let me see.","tool_calls":[
            {"id":"call_1","type":"function","function":{"name":"look","arguments":"{\"at\":\"a\"}"}},
            {"id":"call_2","type":"function","function":{"name":"look","arguments":"{}"}}]},
          {"role":"tool","tool_call_id":"call_1","content":"a cat"},
          {"role":"tool","tool_call_id":"call_2","content":"a dog"},
          {"role":"assistant","content":null,"tool_calls":[{"id":"call_3","type":"function","function":{"name":"end","arguments":"{}"}}]},
          {"role":"tool","tool_call_id":"call_3","content":[{"type":"text","text":"one"},{"type":"text","text":"two"}]},
          {"role":"assistant","content":"First."},
          {"role":"assistant","content":[{"type":"text","text":"Second"},{"type":"refusal","refusal":"no"}]},
          {"role":"user","content":"Thanks"}
        ]
        """,
        Chat.Request("""
        {"model":"m","input":[
          {"role":"developer","content":"Be kind."},
          {"type":"message","role":"user","content":[{"type":"input_text","text":"look"},{"type":"input_image","image_url":"data:image/png;base64,AA","detail":"low"},{"type":"input_file","file_data":"data:application/pdf;base64,AA","filename":"a.pdf"}]},
          {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"x"},
          {"type":"function_call","id":"fc_1","call_id":"call_1","name":"look","arguments":"{\"at\":\"a\"}","status":"completed"},
          {"type":"message","id":"msg_1","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Let me see.","annotations":[]}]},
          {"type":"function_call","call_id":"call_2","name":"look","arguments":"{}"},
          {"type":"function_call_output","call_id":"call_1","output":"a cat"},
          {"type":"function_call_output","call_id":"call_2","output":[{"type":"input_text","text":"a dog"}]},
          {"type":"function_call","call_id":"call_3","name":"end","arguments":"{}"},
          {"type":"function_call_output","call_id":"call_3","output":[{"type":"input_text","text":"one"},{"type":"input_text","text":"two"}]},
          {"role":"assistant","content":"First."},
          {"role":"assistant","content":[{"type":"output_text","text":"Second"},{"type":"refusal","refusal":"no"}]},
          {"role":"user","content":"Thanks"}
        ]}
        """)["messages"]!);

    [Fact]
    public void Every_parameter_has_its_place_and_unknown_ones_pass() => Same(
        """
        {"model":"target-model","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true},
         "verbosity":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{"type":"object"},"strict":true}},
         "logprobs":true,"top_logprobs":2,"max_completion_tokens":77,"reasoning_effort":"low",
         "tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object"},"strict":false}}],
         "parallel_tool_calls":false,"tool_choice":{"type":"function","function":{"name":"f"}},
         "temperature":0.50,"top_p":0.9,"user":"u","service_tier":"flex","seed":12345678901234567890,"x_new":{"a":[1]}}
        """,
        Chat.Request("""
        {"model":"m","input":"x","stream":true,"stream_options":{"include_obfuscation":false},"background":false,"truncation":"auto","include":["reasoning.encrypted_content"],
         "text":{"verbosity":"low","format":{"type":"json_schema","name":"n","description":"d","schema":{"type":"object"},"strict":true}},
         "top_logprobs":2,"max_output_tokens":77,"reasoning":{"effort":"low","summary":"auto"},
         "tools":[{"type":"function","name":"f","description":"d","parameters":{"type":"object"},"strict":false}],
         "parallel_tool_calls":false,"tool_choice":{"type":"function","name":"f"},"max_tool_calls":3,
         "temperature":0.50,"top_p":0.9,"user":"u","service_tier":"flex","seed":12345678901234567890,"x_new":{"a":[1]},"metadata":{"k":"v"}}
        """));

    [Fact]
    public void Older_servers_are_spoken_to_in_older_words()
    {
        var request = Chat.Request(
            """{"model":"m","input":[{"role":"developer","content":"a"}],"max_output_tokens":5}""", new ResponsesOverChat(TimeProvider.System, olderServers: true));
        Assert.Equal(5, (int)request["max_tokens"]!);
        Assert.Equal("system", (string)request["messages"]![0]!["role"]!);
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "input")]
    [InlineData("""{"model":"m","input":7}""", "input")]
    [InlineData("""{"model":"m","input":[{"type":"message"}]}""", "input[0].role")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":"a"},{"role":"user"}]}""", "input[1].content")]
    [InlineData("""{"model":"m","input":[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_image","file_id":"f"}]}]}""", "input[0].content[1].image_url")]
    [InlineData("""{"model":"m","input":[{"type":"web_search_call","id":"x"}]}""", "input[0].type")]
    [InlineData("""{"model":"m","input":[{"type":"item_reference","id":"x"}]}""", "input[0].id")]
    [InlineData("""{"model":"m","input":[{"type":"function_call","name":"x","arguments":"{}"}]}""", "input[0].call_id")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"function","name":"f"},{"type":"web_search"}]}""", "tools[1].type")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"mcp","server_label":"s"}]}""", "tools[0].type")]
    [InlineData("""{"model":"m","input":"x","tools":[{"type":"function","name":"f"}],"tool_choice":{"type":"file_search"}}""", "tool_choice")]
    [InlineData("""{"model":"m","input":"x","text":{"format":{"type":"grammar"}}}""", "text.format.type")]
    [InlineData("""{"model":"m","input":"x","conversation":"conv_1"}""", "conversation")]
    [InlineData("""{"model":"m","input":"x","prompt":{"id":"p"}}""", "prompt")]
    public void What_cannot_be_said_is_refused_by_name(string request, string parameter) =>
        Assert.Equal(parameter, Assert.Throws<WireException>(() => Chat.Request(request)).Parameter);

    private static void Same(string expected, JsonNode actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), $"Expected {expected}\nbut it was {actual.ToJsonString()}");
}
