using System.Text;
using System.Text.Json;

namespace AiSaas.Tests.Llm.Simulator;

internal sealed class OpenAIShape : ApiShape
{
    private static readonly object Usage = new
    {
        prompt_tokens = 20,
        completion_tokens = 5,
        total_tokens = 25,
        prompt_tokens_details = new { cached_tokens = 8 },
        completion_tokens_details = new { reasoning_tokens = 0 },
    };

    public override string Whole(Script script, JsonElement request)
    {
        var tool = Tool(script, request);
        return Json(new
        {
            id = "chatcmpl-1",
            @object = "chat.completion",
            created = 1_790_000_000,
            model = "sim-1-0711",
            choices = Enumerable.Range(0, Answers(request)).Select(index => new
            {
                index,
                finish_reason = tool is null ? "stop" : "tool_calls",
                logprobs = LogProbabilities(request, Text(script, request)),
                message = tool is { } call
                    ? (object)new { role = "assistant", content = (string?)null, tool_calls = new[] { new { id = "call_1", type = "function", function = new { name = call.Name, arguments = string.Concat(call.Arguments) } } } }
                    : new { role = "assistant", content = string.Concat(Text(script, request)), refusal = (string?)null },
            }),
            usage = script.WithoutUsage ? null : Usage,
            x_of_the_provider = new { kept = true },
        });
    }

    public override IEnumerable<string> Frames(Script script, JsonElement request)
    {
        for (int index = 0; index < Answers(request); index++)
        {
            foreach (string frame in Answer(script, request, index))
            {
                yield return frame;
            }
        }

        if (!script.WithoutUsage && Property(request, "stream_options") is { } options && IsTrue(options, "include_usage"))
        {
            yield return Data(new { id = "chatcmpl-1", @object = "chat.completion.chunk", created = 1_790_000_000, model = "sim-1-0711", choices = Array.Empty<object>(), usage = Usage });
        }

        yield return "data: [DONE]\n\n";
    }

    public override string Error(string code, string message) => Json(new { error = new { message, type = "error", param = (string?)null, code } });

    public override string ErrorFrame(string code, string message) => $"data: {Error(code, message)}\n\n";

    private static IEnumerable<string> Answer(Script script, JsonElement request, int index)
    {
        yield return Frame(index, new { role = "assistant", content = "" });
        if (Tool(script, request) is { } tool)
        {
            yield return Frame(index, new { tool_calls = new[] { new { index = 0, id = "call_1", type = "function", function = new { name = tool.Name, arguments = "" } } } });
            foreach (string piece in tool.Arguments)
            {
                yield return Frame(index, new { tool_calls = new[] { new { index = 0, function = new { arguments = piece } } } });
            }

            yield return ": keep-alive\n\n";
            yield return Frame(index, new { }, "tool_calls");
            yield break;
        }

        foreach (string token in Text(script, request))
        {
            yield return Frame(index, new { content = token }, logprobs: LogProbabilities(request, [token]));
        }

        yield return ": keep-alive\n\n";
        yield return Frame(index, new { }, "stop");
    }

    private static (string Name, string[] Arguments)? Tool(Script script, JsonElement request) => ToolResult(request) is null ? script.Tool : null;

    private static IReadOnlyList<string> Text(Script script, JsonElement request) =>
        ToolResult(request) is { } result ? ["The tool said: ", result]
        : Schema(request) is { } schema ? ["{\"schema\":", $"\"{schema}\"", "}"]
        : script.Tokens;

    private static string? ToolResult(JsonElement request) =>
        LastMessage(request) is { } last && Property(last, "role")?.GetString() == "tool" ? Property(last, "content")?.ToString() : null;

    private static string? Schema(JsonElement request) =>
        Property(request, "response_format") is { } format && Property(format, "json_schema") is { } schema ? Property(schema, "name")?.GetString() : null;

    private static int Answers(JsonElement request) => Property(request, "n")?.GetInt32() ?? 1;

    private static object? LogProbabilities(JsonElement request, IReadOnlyList<string> tokens) => !IsTrue(request, "logprobs") ? null : new
    {
        content = tokens.Select(token => new { token, logprob = -0.25, bytes = Encoding.UTF8.GetBytes(token).Select(one => (int)one), top_logprobs = Array.Empty<object>() }),
        refusal = (object?)null,
    };

    private static string Frame(int index, object delta, string? finish = null, object? logprobs = null) => Data(new
    {
        id = "chatcmpl-1",
        @object = "chat.completion.chunk",
        created = 1_790_000_000,
        model = "sim-1-0711",
        choices = new[] { new { index, delta, logprobs, finish_reason = finish } },
    });

    private static string Data(object value) => $"data: {Json(value)}\n\n";
}
