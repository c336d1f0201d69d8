using System.Buffers;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>What a <c>response</c> repeats of its request, with the API's defaults for what was left out. Written once per response;
/// a stream shows it three times.</summary>
internal sealed class ResponseEcho
{
    private readonly byte[] _members;

    private ResponseEcho(byte[] members, string model) => (_members, Model) = (members, model);

    /// <summary>The model's name in the request.</summary>
    public string Model { get; }

    public static ResponseEcho Of(ReadOnlyMemory<byte> request)
    {
        using var document = WireJson.ParseObject(request, "The request");
        ArrayBufferWriter<byte> buffer = new(1024);
        using (Utf8JsonWriter writer = new(buffer, WireJson.Writing))
        {
            writer.WriteStartObject();
            Write(writer, document.RootElement);
            writer.WriteEndObject();
        }

        // Without the braces: it is pasted into objects.
        return new(buffer.WrittenSpan[1..^1].ToArray(), document.RootElement.Text("model"u8) ?? "");
    }

    /// <summary>Pastes the members into the object that is open.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        // The first member's name, then everything after its colon as one value.
        int colon = _members.AsSpan().IndexOf((byte)':');
        writer.WritePropertyName(_members.AsSpan(1, colon - 2));
        writer.WriteRawValue(_members.AsSpan(colon + 1), skipInputValidation: true);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement request)
    {
        Echo("background"u8, "false"u8);
        Echo("instructions"u8, "null"u8);
        Echo("max_output_tokens"u8, "null"u8);
        Echo("max_tool_calls"u8, "null"u8);
        Echo("metadata"u8, "{}"u8);
        Echo("parallel_tool_calls"u8, "true"u8);
        Echo("previous_response_id"u8, "null"u8);
        Echo("prompt_cache_key"u8, "null"u8);
        WriteReasoning(writer, request);
        Echo("safety_identifier"u8, "null"u8);
        Echo("service_tier"u8, "\"default\""u8);
        Echo("store"u8, "true"u8);
        Echo("temperature"u8, "1.0"u8);
        WriteText(writer, request);
        Echo("tool_choice"u8, "\"auto\""u8);
        Echo("tools"u8, "[]"u8);
        Echo("top_logprobs"u8, "0"u8);
        Echo("top_p"u8, "1.0"u8);
        Echo("truncation"u8, "\"disabled\""u8);
        Echo("user"u8, "null"u8);

        void Echo(ReadOnlySpan<byte> name, ReadOnlySpan<byte> otherwise)
        {
            writer.WritePropertyName(name);
            if (request.TryGet(name, out var value))
            {
                writer.Copy(value);
            }
            else
            {
                writer.WriteRawValue(otherwise, skipInputValidation: true);
            }
        }
    }

    private static void WriteReasoning(Utf8JsonWriter writer, JsonElement request)
    {
        request.TryGet("reasoning"u8, out var reasoning);
        writer.WriteStartObject("reasoning"u8);
        writer.WriteString("effort"u8, reasoning.Text("effort"u8));
        writer.WriteString("summary"u8, reasoning.Text("summary"u8));
        writer.WriteEndObject();
    }

    private static void WriteText(Utf8JsonWriter writer, JsonElement request)
    {
        request.TryGet("text"u8, out var text);
        writer.WriteStartObject("text"u8);
        if (text.TryGet("format"u8, out var format))
        {
            writer.Copy("format"u8, format);
        }
        else
        {
            writer.WriteStartObject("format"u8);
            writer.WriteString("type"u8, "text"u8);
            writer.WriteEndObject();
        }

        writer.WriteString("verbosity"u8, text.Text("verbosity"u8) ?? "medium");
        writer.WriteEndObject();
    }
}
