using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>OpenAI's <c>response_format</c> in the way the model understands it; at most one is set.</summary>
/// <param name="Schema">For <c>output_config.format</c>.</param>
/// <param name="ToolSchema">For a tool whose input is the answer, where the model knows no structured output.</param>
/// <param name="Instruction">A line for the system prompt.</param>
internal readonly record struct JsonAnswer(JsonElement? Schema, JsonElement? ToolSchema, string? Instruction)
{
    public static JsonAnswer Of(JsonElement chat, ClaudeModel claude)
    {
        if (chat.Member("response_format"u8) is not { } format)
        {
            return default;
        }

        switch (format.Text("type"u8))
        {
            case "text":
                return default;
            case "json_object":
                return new(null, null, "Answer with one valid JSON object and nothing else: no other words, no code fence.");
            case "json_schema":
                if (format.Member("json_schema"u8)?.Member("schema"u8) is not { ValueKind: JsonValueKind.Object } schema)
                {
                    throw new WireException("'response_format.json_schema.schema' must be a JSON schema.", "response_format");
                }

                return claude.TakesSchemas ? new(schema, null, null) : new(null, schema, null);
            default:
                throw new WireException("'response_format.type' must be text, json_object or json_schema.", "response_format");
        }
    }
}
