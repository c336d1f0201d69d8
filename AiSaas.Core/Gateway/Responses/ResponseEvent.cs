using System.Buffers;
using System.Text;
using System.Text.Json;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>One event of a Responses stream.</summary>
/// <param name="Type">Such as <c>response.output_text.delta</c>.</param>
/// <param name="Data">JSON.</param>
internal sealed record ResponseEvent(string Type, ReadOnlyMemory<byte> Data)
{
    /// <summary>Nothing follows it.</summary>
    public bool IsLast => Type is "response.completed" or "response.incomplete" or "response.failed" or "response.cancelled" or "error";

    /// <summary>As the client gets it.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        output.Write("event: "u8);
        Encoding.UTF8.GetBytes(Type, output);
        output.Write("\ndata: "u8);
        output.Write(Data.Span);
        output.Write("\n\n"u8);
    }

    /// <summary>The <c>response</c> object that it carries; null for events of items.</summary>
    public ReadOnlyMemory<byte>? Response()
    {
        using var document = JsonDocument.Parse(Data);
        return document.RootElement.TryGetProperty("response", out var response) && response.ValueKind == JsonValueKind.Object
            ? System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(response).ToArray()
            : null;
    }

    /// <summary>The same event with another number, other places, our marks.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="firstItem">Added to <c>output_index</c>.</param>
    /// <param name="marks">Put on the response that it carries.</param>
    public ResponseEvent With(long sequence, int firstItem, ResponseMarks marks)
    {
        using var document = JsonDocument.Parse(Data);
        ArrayBufferWriter<byte> output = new(Data.Length + 64);
        using Utf8JsonWriter writer = new(output, ResponseRequest.Writing);
        writer.WriteStartObject();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            switch (member.Name)
            {
                case "sequence_number":
                    break;
                case "output_index" when member.Value.TryGetInt32(out int index):
                    writer.WriteNumber("output_index"u8, index + firstItem);
                    break;
                case "response" when member.Value.ValueKind == JsonValueKind.Object:
                    writer.WritePropertyName("response"u8);
                    marks.Write(writer, member.Value);
                    break;
                default:
                    writer.WritePropertyName(member.Name);
                    ResponseRequest.Raw(writer, member.Value);
                    break;
            }
        }

        writer.WriteNumber("sequence_number"u8, sequence);
        writer.WriteEndObject();
        writer.Flush();
        return this with { Data = output.WrittenMemory };
    }

    /// <summary>An event that carries a whole response.</summary>
    public static ResponseEvent Of(string type, long sequence, ReadOnlyMemory<byte> response) => Make(type, sequence, writer =>
    {
        writer.WritePropertyName("response"u8);
        writer.WriteRawValue(response.Span, skipInputValidation: true);
    });

    public static ResponseEvent Make(string type, long sequence, Action<Utf8JsonWriter> members)
    {
        ArrayBufferWriter<byte> output = new();
        using Utf8JsonWriter writer = new(output, ResponseRequest.Writing);
        writer.WriteStartObject();
        writer.WriteString("type"u8, type);
        writer.WriteNumber("sequence_number"u8, sequence);
        members(writer);
        writer.WriteEndObject();
        writer.Flush();
        return new(type, output.WrittenMemory);
    }
}
