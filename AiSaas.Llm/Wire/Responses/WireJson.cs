using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

internal static class WireJson
{
    /// <summary>Nothing here ends up in HTML, and quotes as <c>\u0022</c> would double the size of tools' arguments.</summary>
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <param name="json">An object.</param>
    /// <param name="what">For the fault's words: request, answer.</param>
    /// <exception cref="WireException"/>
    public static JsonDocument Parse(ReadOnlyMemory<byte> json, string what)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException fault)
        {
            throw new WireException($"The {what} is not JSON: {fault.Message}");
        }

        if (document.RootElement.ValueKind == JsonValueKind.Object)
        {
            return document;
        }

        document.Dispose();
        throw new WireException($"The {what} is not a JSON object.");
    }

    /// <summary>The member, unless it is missing or null.</summary>
    public static bool TryGet(this JsonElement parent, ReadOnlySpan<byte> name, out JsonElement value)
    {
        value = default;
        return parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    public static bool IsTrue(this JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.TryGet(name, out var value) && value.ValueKind == JsonValueKind.True;

    public static string? Text(this JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.TryGet(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static long Number(this JsonElement parent, ReadOnlySpan<byte> name) =>
        parent.TryGet(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : 0;

    /// <summary>Copies a value as its sender wrote it: numbers keep their digits, strings their escapes.</summary>
    public static void WriteRaw(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement value)
    {
        writer.WritePropertyName(name);
        writer.WriteRaw(value);
    }

    public static void WriteRaw(this Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    /// <summary>Copies a member if it is there and not null.</summary>
    public static void CopyRaw(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement parent, ReadOnlySpan<byte> from)
    {
        if (parent.TryGet(from, out var value))
        {
            writer.WriteRaw(name, value);
        }
    }

    /// <summary>What stands between a string's quotes, escapes and all.</summary>
    public static ReadOnlySpan<byte> RawText(JsonElement text) => JsonMarshal.GetRawUtf8Value(text)[1..^1];
}
