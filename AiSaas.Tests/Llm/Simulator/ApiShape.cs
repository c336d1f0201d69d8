using System.Text.Json;

namespace AiSaas.Tests.Llm.Simulator;

/// <summary>An API's way of writing answers, streams and errors.</summary>
internal abstract class ApiShape
{
    public abstract string Whole(Script script);

    public abstract IEnumerable<string> Frames(Script script);

    public abstract string Error(string code, string message);

    protected static string Json(object value) => JsonSerializer.Serialize(value);
}

internal sealed class OpenAIShape : ApiShape
{
    private static readonly object Usage = new { prompt_tokens = 20, completion_tokens = 5, total_tokens = 25, prompt_tokens_details = new { cached_tokens = 8 } };

    public override string Whole(Script script) => Json(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion",
        created = 1_790_000_000,
        model = "sim-1-0711",
        choices = new[]
        {
            new
            {
                index = 0,
                finish_reason = script.Tool is null ? "stop" : "tool_calls",
                message = script.Tool is { } tool
                    ? (object)new { role = "assistant", content = (string?)null, tool_calls = new[] { new { id = "call_1", type = "function", function = new { name = tool.Name, arguments = string.Concat(tool.Arguments) } } } }
                    : new { role = "assistant", content = string.Concat(script.Tokens) },
            },
        },
        usage = Usage,
    });

    public override IEnumerable<string> Frames(Script script)
    {
        yield return Frame(new { role = "assistant", content = "" });
        if (script.Tool is { } tool)
        {
            yield return Frame(new { tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function = new { name = tool.Name, arguments = "" } } } });
            foreach (string piece in tool.Arguments)
            {
                yield return Frame(new { tool_calls = new[] { new { index = 0, function = new { arguments = piece } } } });
            }
        }
        else
        {
            foreach (string token in script.Tokens)
            {
                yield return Frame(new { content = token });
            }
        }

        yield return ": keep-alive\n\n";
        yield return Frame(new { }, script.Tool is null ? "stop" : "tool_calls");
        yield return $"data: {Json(new { id = "chatcmpl-1", @object = "chat.completion.chunk", created = 1_790_000_000, model = "sim-1-0711", choices = Array.Empty<object>(), usage = Usage })}\n\n";
        yield return "data: [DONE]\n\n";
    }

    public override string Error(string code, string message) => Json(new { error = new { message, type = "error", code } });

    private static string Frame(object delta, string? finish = null) => $"data: {Json(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion.chunk",
        created = 1_790_000_000,
        model = "sim-1-0711",
        choices = new[] { new { index = 0, delta, finish_reason = finish } },
    })}\n\n";
}

internal sealed class AnthropicShape : ApiShape
{
    public override string Whole(Script script) => Json(new
    {
        id = "msg_1",
        type = "message",
        role = "assistant",
        model = "claude-sim",
        content = new[] { new { type = "text", text = string.Concat(script.Tokens) } },
        stop_reason = "end_turn",
        stop_sequence = (string?)null,
        usage = new { input_tokens = 12, output_tokens = 5, cache_read_input_tokens = 8, cache_creation_input_tokens = 0 },
    });

    public override IEnumerable<string> Frames(Script script)
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
                usage = new { input_tokens = 12, output_tokens = 1, cache_read_input_tokens = 8, cache_creation_input_tokens = 0 },
            },
        });
        yield return Frame("content_block_start", new { type = "content_block_start", index = 0, content_block = new { type = "text", text = "" } });
        foreach (string token in script.Tokens)
        {
            yield return Frame("content_block_delta", new { type = "content_block_delta", index = 0, delta = new { type = "text_delta", text = token } });
        }

        yield return Frame("content_block_stop", new { type = "content_block_stop", index = 0 });
        yield return Frame("message_delta", new { type = "message_delta", delta = new { stop_reason = "end_turn", stop_sequence = (string?)null }, usage = new { output_tokens = 5 } });
        yield return Frame("message_stop", new { type = "message_stop" });
    }

    public override string Error(string code, string message) => Json(new { type = "error", error = new { type = code, message } });

    private static string Frame(string name, object data) => $"event: {name}\ndata: {Json(data)}\n\n";
}
