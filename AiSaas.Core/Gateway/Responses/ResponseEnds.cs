using System.Buffers;
using System.Text.Json;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>Responses that ended otherwise than by the model's last word.</summary>
internal static class ResponseEnds
{
    /// <summary>A response that had begun, failed.</summary>
    /// <param name="response">As last seen.</param>
    /// <param name="error">An <c>error</c> event's data, or an error body.</param>
    public static ReadOnlyMemory<byte> Failed(ReadOnlyMemory<byte> response, ReadOnlyMemory<byte> error)
    {
        var (code, message) = Read(error);
        return Ended(response, "failed", code, message);
    }

    public static ReadOnlyMemory<byte> Ended(ReadOnlyMemory<byte> response, string status, string? code = null, string? message = null)
    {
        using var document = JsonDocument.Parse(response);
        ArrayBufferWriter<byte> output = new(response.Length + 256);
        using Utf8JsonWriter writer = new(output, ResponseRequest.Writing);
        writer.WriteStartObject();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            switch (member.Name)
            {
                case "status":
                    writer.WriteString("status"u8, status);
                    break;
                case "error" when code is not null:
                    writer.WriteStartObject("error"u8);
                    writer.WriteString("code"u8, code);
                    writer.WriteString("message"u8, message);
                    writer.WriteEndObject();
                    break;
                default:
                    writer.WritePropertyName(member.Name);
                    ResponseRequest.Raw(writer, member.Value);
                    break;
            }
        }

        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenMemory;
    }

    /// <summary>Code and message of an error, alone or inside <c>error</c>.</summary>
    public static (string Code, string Message) Read(ReadOnlyMemory<byte> error)
    {
        const string Unknown = "The model's answer broke off.";
        try
        {
            using var document = JsonDocument.Parse(error);
            var root = document.RootElement;
            root = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("error", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : root;
            return root.ValueKind == JsonValueKind.Object
                ? (Text(root, "code") ?? Text(root, "type") ?? "server_error", Text(root, "message") ?? Unknown)
                : ("server_error", Unknown);
        }
        catch (JsonException)
        {
            return ("server_error", Unknown);
        }
    }

    private static string? Text(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
