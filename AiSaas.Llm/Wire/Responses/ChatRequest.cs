using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>A Responses request as chat completions say it.</summary>
internal sealed class ChatRequest(JsonElement request, bool olderServers)
{
    public void Write(Utf8JsonWriter writer, string model)
    {
        Refuse("conversation"u8, "Conversations are not kept here: pass 'previous_response_id', or the earlier turns as 'input'.");
        Refuse("prompt"u8, "Prompts stored at OpenAI are out of reach here: pass 'instructions' and 'input'.");
        writer.WriteStartObject();
        writer.WriteString("model"u8, model);
        new ChatMessages(writer, olderServers).Write(request);
        WriteStream(writer);
        WriteFormat(writer);
        WriteLogprobs(writer);
        writer.CopyMember(olderServers ? "max_tokens"u8 : "max_completion_tokens"u8, request, "max_output_tokens"u8);
        if (request.TryGet("reasoning"u8, out var reasoning))
        {
            writer.CopyMember("reasoning_effort"u8, reasoning, "effort"u8);
        }

        ChatTools.Write(writer, request);
        foreach (var member in request.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Null && !IsSpokenFor(member.Name))
            {
                writer.WritePropertyName(member.Name);
                writer.Copy(member.Value);
            }
        }

        writer.WriteEndObject();
    }

    // Either said above in other words, or not for the target. "truncation" has no counterpart: what is too long is refused by the
    // target, which is what "auto" comes to where nothing can be dropped.
    private static bool IsSpokenFor(string name) => name is
        "model" or "input" or "instructions" or "stream" or "stream_options" or "text" or "top_logprobs" or "include"
        or "max_output_tokens" or "reasoning" or "tools" or "tool_choice" or "parallel_tool_calls" or "max_tool_calls"
        or "store" or "background" or "previous_response_id" or "metadata" or "truncation" or "conversation" or "prompt";

    private void WriteStream(Utf8JsonWriter writer)
    {
        if (request.Flag("stream"u8))
        {
            writer.WriteBoolean("stream"u8, true);
            // The last event of a Responses stream always tells the usage.
            writer.WriteStartObject("stream_options"u8);
            writer.WriteBoolean("include_usage"u8, true);
            writer.WriteEndObject();
        }
    }

    private void WriteFormat(Utf8JsonWriter writer)
    {
        if (!request.TryGet("text"u8, out var text))
        {
            return;
        }

        writer.CopyMember("verbosity"u8, text, "verbosity"u8);
        if (!text.TryGet("format"u8, out var format))
        {
            return;
        }

        switch (format.Text("type"u8))
        {
            case "text":
                break;
            case "json_object":
                writer.WriteStartObject("response_format"u8);
                writer.WriteString("type"u8, "json_object"u8);
                writer.WriteEndObject();
                break;
            case "json_schema":
                writer.WriteStartObject("response_format"u8);
                writer.WriteString("type"u8, "json_schema"u8);
                writer.WriteStartObject("json_schema"u8);
                writer.CopyMember("name"u8, format, "name"u8);
                writer.CopyMember("description"u8, format, "description"u8);
                writer.CopyMember("schema"u8, format, "schema"u8);
                writer.CopyMember("strict"u8, format, "strict"u8);
                writer.WriteEndObject();
                writer.WriteEndObject();
                break;
            default:
                throw new WireException("The format is one of text, json_object and json_schema.", "text.format.type");
        }
    }

    private void WriteLogprobs(Utf8JsonWriter writer)
    {
        bool asked = request.TryGet("include"u8, out var include) && include.ValueKind == JsonValueKind.Array
            && include.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.ValueEquals("message.output_text.logprobs"u8));
        long top = request.Number("top_logprobs"u8);
        if (asked || top > 0)
        {
            writer.WriteBoolean("logprobs"u8, true);
        }

        if (top > 0)
        {
            writer.WriteNumber("top_logprobs"u8, top);
        }
    }

    private void Refuse(ReadOnlySpan<byte> name, string why)
    {
        if (request.TryGet(name, out _))
        {
            throw new WireException(why, System.Text.Encoding.UTF8.GetString(name));
        }
    }
}
