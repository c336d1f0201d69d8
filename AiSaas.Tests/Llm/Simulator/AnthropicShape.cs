using System.Text.Json;

namespace AiSaas.Tests.Llm.Simulator;

internal sealed class AnthropicShape : ApiShape
{
    public override string Whole(Script script, JsonElement request)
    {
        var tool = Tool(script, request);
        return Json(new
        {
            id = "msg_1",
            type = "message",
            role = "assistant",
            model = "claude-sim",
            content = new[]
            {
                tool is { } call
                    ? (object)new { type = "tool_use", id = "toolu_1", name = call.Name, input = JsonSerializer.Deserialize<JsonElement>(string.Concat(call.Arguments)) }
                    : new { type = "text", text = string.Concat(Text(script, request)) },
            },
            stop_reason = tool is null ? "end_turn" : "tool_use",
            stop_sequence = (string?)null,
            usage = Usage(5),
        });
    }

    public override IEnumerable<string> Frames(Script script, JsonElement request)
    {
        yield return Frame("message_start", new
        {
            type = "message_start",
            message = new
            {
                id = "msg_1",
                type = "message",
                role = "assistant",
                model = "claude-sim",
                content = Array.Empty<object>(),
                stop_reason = (string?)null,
                stop_sequence = (string?)null,
                usage = Usage(1),
            },
        });
        var tool = Tool(script, request);
        yield return Frame("content_block_start", new
        {
            type = "content_block_start",
            index = 0,
            content_block = tool is { } call ? (object)new { type = "tool_use", id = "toolu_1", name = call.Name, input = new { } } : new { type = "text", text = "" },
        });
        foreach (string piece in tool?.Arguments ?? Text(script, request))
        {
            yield return Frame("content_block_delta", new
            {
                type = "content_block_delta",
                index = 0,
                delta = tool is null ? (object)new { type = "text_delta", text = piece } : new { type = "input_json_delta", partial_json = piece },
            });
        }

        yield return Frame("content_block_stop", new { type = "content_block_stop", index = 0 });
        yield return Frame("message_delta", new
        {
            type = "message_delta",
            delta = new { stop_reason = tool is null ? "end_turn" : "tool_use", stop_sequence = (string?)null },
            usage = new { output_tokens = 5 },
        });
        yield return Frame("message_stop", new { type = "message_stop" });
    }

    public override string Error(string code, string message) => Json(new { type = "error", error = new { type = code, message } });

    public override string ErrorFrame(string code, string message) => $"event: error\ndata: {Error(code, message)}\n\n";

    private static object Usage(int output) =>
        new { input_tokens = 12, output_tokens = output, cache_read_input_tokens = 8, cache_creation_input_tokens = 0 };

    private static (string Name, string[] Arguments)? Tool(Script script, JsonElement request) => ToolResult(request) is null ? script.Tool : null;

    private static IReadOnlyList<string> Text(Script script, JsonElement request) =>
        ToolResult(request) is { } result ? ["The tool said: ", result] : script.Tokens;

    private static string? ToolResult(JsonElement request)
    {
        if (LastMessage(request) is not { } last || Property(last, "content") is not { ValueKind: JsonValueKind.Array } content)
        {
            return null;
        }

        foreach (var block in content.EnumerateArray())
        {
            if (Property(block, "type")?.GetString() == "tool_result")
            {
                return Property(block, "content") switch
                {
                    { ValueKind: JsonValueKind.Array } parts => string.Concat(parts.EnumerateArray().Select(part => Property(part, "text")?.GetString())),
                    { } text => text.ToString(),
                    null => "",
                };
            }
        }

        return null;
    }

    private static string Frame(string name, object data) => $"event: {name}\ndata: {Json(data)}\n\n";
}
