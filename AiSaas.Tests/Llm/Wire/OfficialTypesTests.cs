using System.ClientModel.Primitives;
using System.Text.Json;
using AiSaas.Llm.Wire.Anthropic;
using Anthropic.Models.Messages;
using OpenAI.Chat;

namespace AiSaas.Tests.Llm.Wire;

/// <summary>The official clients' own types read what the dialects write, and write what the dialects read.</summary>
public sealed class OfficialTypesTests
{
    private readonly DialectDriver _chat = new(new ChatOverMessages(DialectDriver.Clock)), _messages = new(new MessagesOverChat());

    private static T Read<T>(string json) => ModelReaderWriter.Read<T>(BinaryData.FromString(json))!;

    private static readonly (string Kind, string Said)[] Script = [("thinking", "Hm."), ("text", "Grüße 😀"), ("tool_use", """{"a":1}"""), ("tool_use", """{"b":"\"}"}""")];

    [Fact]
    public void OpenAIs_client_reads_a_translated_answer()
    {
        var completion = Read<ChatCompletion>(_chat.Response("""
            {"id":"msg_01","model":"claude-x","content":[{"type":"text","text":"Hello"},{"type":"tool_use","id":"t1","name":"f","input":{"a":1}}],"stop_reason":"tool_use",
             "usage":{"input_tokens":12,"cache_read_input_tokens":8,"cache_creation_input_tokens":0,"output_tokens":7}}
            """).ToJsonString());

        Assert.Equal("Hello", completion.Content[0].Text);
        Assert.Equal(ChatFinishReason.ToolCalls, completion.FinishReason);
        Assert.Equal("""{"a":1}""", completion.ToolCalls[0].FunctionArguments.ToString());
        Assert.Equal(20, completion.Usage.InputTokenCount);
        Assert.Equal(8, completion.Usage.InputTokenDetails.CachedTokenCount);
        Assert.Equal(DialectDriver.Now, completion.CreatedAt);
    }

    [Fact]
    public void OpenAIs_client_reads_a_translated_stream()
    {
        var updates = DialectDriver.Frames(_chat.Stream(MessagesScript.Stream(Script, 100), """{"stream_options":{"include_usage":true}}"""))
            .Where(frame => frame.Data is not null).Select(frame => Read<StreamingChatCompletionUpdate>(frame.Data!.ToJsonString())).ToList();

        Assert.Equal("Grüße 😀", string.Concat(updates.SelectMany(update => update.ContentUpdate).Select(part => part.Text)));
        Assert.Equal(
            ["""{"a":1}""", """{"b":"\"}"}"""],
            updates.SelectMany(update => update.ToolCallUpdates).GroupBy(call => call.Index).Select(calls => string.Concat(calls.Select(call => call.FunctionArgumentsUpdate.ToString()))));
        Assert.Equal(9, updates[^1].Usage.OutputTokenCount);
        Assert.Equal(ChatFinishReason.Stop, updates[^2].FinishReason);
    }

    [Fact]
    public void What_openais_client_asks_is_understood()
    {
        ChatCompletionOptions options = new()
        {
            MaxOutputTokenCount = 50,
            ToolChoice = ChatToolChoice.CreateFunctionChoice("f"),
            AllowParallelToolCalls = false,
            Tools = { ChatTool.CreateFunctionTool("f", "does f", BinaryData.FromString("""{"type":"object","properties":{}}"""), functionSchemaIsStrict: true) },
        };
        ChatMessage[] messages =
        [
            new SystemChatMessage("Be kind."),
            new UserChatMessage(ChatMessageContentPart.CreateTextPart("look"), ChatMessageContentPart.CreateImagePart(BinaryData.FromBytes([1, 2, 3]), "image/png")),
            new AssistantChatMessage([ChatToolCall.CreateFunctionToolCall("c1", "f", BinaryData.FromString("{}"))]),
            new ToolChatMessage("c1", "done"),
        ];
        string list = string.Join(',', messages.Select(message => ModelReaderWriter.Write(message).ToString()));
        var body = System.Text.Json.Nodes.JsonNode.Parse(ModelReaderWriter.Write(options))!.AsObject();
        body["messages"] = System.Text.Json.Nodes.JsonNode.Parse($"[{list}]");

        var request = _chat.Request(body.ToJsonString());

        Assert.Equal("Be kind.", (string)request["system"]![0]!["text"]!);
        Assert.Equal("AQID", (string)request["messages"]![0]!["content"]![1]!["source"]!["data"]!);
        Assert.Equal("tool_use", (string)request["messages"]![1]!["content"]![0]!["type"]!);
        Assert.Equal("c1", (string)request["messages"]![2]!["content"]![0]!["tool_use_id"]!);
        Assert.Equal("""{"type":"tool","name":"f","disable_parallel_tool_use":true}""", request["tool_choice"]!.ToJsonString());
        Assert.Equal(50, (int)request["max_tokens"]!);
    }

    [Fact]
    public void Anthropics_client_reads_a_translated_answer()
    {
        var message = Message.FromRawUnchecked(Members(_messages.Response("""
            {"id":"chatcmpl-1","model":"m","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":"Let me see.","reasoning_content":"Hm.","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}}],
             "usage":{"prompt_tokens":20,"completion_tokens":5,"total_tokens":25}}
            """).ToJsonString()));

        message.Validate();

        Assert.Equal(3, message.Content.Count);
        Assert.True(message.Content[2].TryPickToolUse(out var call));
        Assert.Equal("f", call!.Name);
        Assert.Equal(20, message.Usage.InputTokens);
        Assert.Equal(StopReason.ToolUse, message.StopReason!.Value());
    }

    [Fact]
    public void Anthropics_client_reads_a_translated_stream()
    {
        string chat = _chat.Stream(MessagesScript.Stream(Script, 100), """{"stream_options":{"include_usage":true}}""");

        var frames = DialectDriver.Frames(_messages.Stream(chat));

        Assert.All(frames, frame => JsonSerializer.Deserialize<RawMessageStreamEvent>(frame.Data!.ToJsonString())!.Validate());
        Assert.Equal(4, frames.Count(frame => frame.Name == "content_block_start"));
    }

    private static Dictionary<string, JsonElement> Members(string json) => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json)!;
}
