using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic;

/// <summary>A tool's arguments: text with JSON in it at OpenAI, an object at Anthropic.</summary>
internal static class ToolArguments
{
    /// <summary>Text → object, its bytes unchanged.</summary>
    public static void WriteObject(Utf8JsonWriter writer, string arguments, string where)
    {
        if (string.IsNullOrWhiteSpace(arguments))
        {
            writer.WriteStartObject();
            writer.WriteEndObject();
            return;
        }

        try
        {
            using var document = JsonDocument.Parse(arguments, new JsonDocumentOptions { MaxDepth = 256 });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                writer.Copy(document.RootElement);
                return;
            }
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new WireException("A tool call's arguments must be a JSON object.", where);
    }
}
