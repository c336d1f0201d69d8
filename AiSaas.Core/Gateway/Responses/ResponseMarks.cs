using System.Buffers;
using System.Text.Json;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>What only the keeper of a response knows and every <c>response</c> object that leaves here must say: its id with us, and the
/// members that the model's side was not told.</summary>
internal sealed record ResponseMarks(string Id, string? PreviousId, bool IsBackground, bool IsStored)
{
    public ReadOnlyMemory<byte> Put(ReadOnlyMemory<byte> response)
    {
        using var document = JsonDocument.Parse(response);
        ArrayBufferWriter<byte> output = new(response.Length + 256);
        using Utf8JsonWriter writer = new(output, ResponseRequest.Writing);
        Write(writer, document.RootElement);
        writer.Flush();
        return output.WrittenMemory;
    }

    public void Write(Utf8JsonWriter writer, JsonElement response)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, Id);
        foreach (var member in response.EnumerateObject())
        {
            if (member.Name is not ("id" or "previous_response_id" or "background" or "store"))
            {
                writer.WritePropertyName(member.Name);
                ResponseRequest.Raw(writer, member.Value);
            }
        }

        writer.WriteString("previous_response_id"u8, PreviousId);
        writer.WriteBoolean("background"u8, IsBackground);
        writer.WriteBoolean("store"u8, IsStored);
        writer.WriteEndObject();
    }
}
