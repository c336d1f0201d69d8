using System.Text.Json;

namespace AiSaas.Llm.Wire.Anthropic.FromChat;

/// <summary>A JSON schema as Anthropic's structured output takes it.</summary>
/// <remarks>It refuses schemas with bounds that its grammar cannot hold (numbers' and lengths' limits, most formats), and wants every
/// object closed. So bounds move into the description, where the model reads them, and objects are closed.</remarks>
internal static class StructuredSchema
{
    private static readonly HashSet<string> Bounds = new(StringComparer.Ordinal)
    {
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
        "maxItems", "uniqueItems", "minProperties", "maxProperties", "contains", "minContains", "maxContains",
        "patternProperties", "propertyNames", "unevaluatedProperties",
    };

    private static readonly HashSet<string> Formats = new(StringComparer.Ordinal)
    {
        "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
    };

    public static void Write(Utf8JsonWriter writer, JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            writer.Copy(schema);
            return;
        }

        List<string> moved = [];
        string? description = null;
        bool isObject = schema.TryGetProperty("properties"u8, out _) || IsType(schema, "object");
        writer.WriteStartObject();
        foreach (var member in schema.EnumerateObject())
        {
            switch (member.Name)
            {
                case "description" when member.Value.ValueKind == JsonValueKind.String:
                    description = member.Value.Decoded();
                    break;
                case "additionalProperties" when isObject:
                    break;
                case "properties" or "$defs" or "definitions" when member.Value.ValueKind == JsonValueKind.Object:
                    writer.WriteStartObject(member.Name);
                    foreach (var inner in member.Value.EnumerateObject())
                    {
                        writer.WritePropertyName(inner.Name);
                        Write(writer, inner.Value);
                    }

                    writer.WriteEndObject();
                    break;
                case "items" or "not":
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value);
                    break;
                case "anyOf" or "allOf" or "oneOf" when member.Value.ValueKind == JsonValueKind.Array:
                    // oneOf is not taken; whatever fits one of them fits any of them.
                    writer.WriteStartArray(member.Name == "oneOf" ? "anyOf" : member.Name);
                    foreach (var inner in member.Value.EnumerateArray())
                    {
                        Write(writer, inner);
                    }

                    writer.WriteEndArray();
                    break;
                case var name when IsRefused(name, member.Value):
                    moved.Add($"{name}: {member.Value.GetRawText()}");
                    break;
                default:
                    writer.WritePropertyName(member.Name);
                    writer.Copy(member.Value);
                    break;
            }
        }

        if (moved.Count > 0)
        {
            description = $"{description}{(description is null ? "" : " ")}({string.Join(", ", moved)})";
        }

        if (description is not null)
        {
            writer.WriteString("description"u8, description);
        }

        if (isObject)
        {
            writer.WriteBoolean("additionalProperties"u8, false);
        }

        writer.WriteEndObject();
    }

    private static bool IsRefused(string name, JsonElement value) => name switch
    {
        "format" => value.ValueKind == JsonValueKind.String && !Formats.Contains(value.Decoded()),
        "minItems" => value.ValueKind == JsonValueKind.Number && value.GetDouble() > 1,
        _ => Bounds.Contains(name),
    };

    private static bool IsType(JsonElement schema, string type) => schema.Member("type"u8) switch
    {
        { ValueKind: JsonValueKind.String } one => one.Decoded() == type,
        { ValueKind: JsonValueKind.Array } several => several.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.Decoded() == type),
        _ => false,
    };
}
