using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace AiSaas.Llm.Wire;

/// <summary>How we write and read JSON on the wire: values pass as the bytes they came in wherever that is possible.</summary>
/// <remarks>Raw bytes keep what a decoder would refuse (half a surrogate pair at a cut) or change (numbers, escapes), and cost least.</remarks>
internal static class WireJson
{
    /// <summary>Nobody puts these bytes into a page, so only what JSON itself demands is escaped.</summary>
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static readonly JsonReaderOptions Reading = new() { MaxDepth = 256 };

    private static readonly JsonDocumentOptions Parsing = new() { MaxDepth = 256 };

    /// <exception cref="WireException">It is not a JSON object.</exception>
    public static JsonDocument ParseObject(ReadOnlyMemory<byte> json, string what)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Parsing);
        }
        catch (JsonException)
        {
            throw new WireException($"{what} is not valid JSON.");
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object || !NamesAreWhole(json.Span))
        {
            document.Dispose();
            throw new WireException($"{what} is not a JSON object.");
        }

        return document;
    }

    /// <summary>Whether all members' names can be read. Looking for a member throws where one beside it ends in half a surrogate pair.</summary>
    public static bool NamesAreWhole(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0)
        {
            return true;
        }

        Utf8JsonReader reader = new(json, Reading);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueIsEscaped)
                {
                    _ = reader.GetString();
                }
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Whether the name or the text that the reader is at is this one, byte by byte.</summary>
    /// <remarks>Unlike <see cref="Utf8JsonReader.ValueTextEquals(ReadOnlySpan{byte})"/> this never throws; and nobody escapes letters of plain names.</remarks>
    public static bool Is(this ref Utf8JsonReader reader, ReadOnlySpan<byte> text) => reader.ValueSpan.SequenceEqual(text);

    /// <summary>A member that is there and not null.</summary>
    public static JsonElement? Member(this JsonElement element, ReadOnlySpan<byte> name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement element, ReadOnlySpan<byte> name) =>
        element.Member(name) is { ValueKind: JsonValueKind.String } value ? value.Decoded() : null;

    public static bool Flag(this JsonElement element, ReadOnlySpan<byte> name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A string's text; half a surrogate pair becomes a replacement character instead of an exception.</summary>
    public static string Decoded(this JsonElement text)
    {
        try
        {
            return text.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return LoneSurrogates.Decode(text.GetRawText());
        }
    }

    public static ReadOnlySpan<byte> Raw(this JsonElement element) => JsonMarshal.GetRawUtf8Value(element);

    /// <summary>A string's bytes as they stand between the quotes, escapes and all.</summary>
    public static ReadOnlySpan<byte> RawText(this JsonElement element) => JsonMarshal.GetRawUtf8Value(element)[1..^1];

    /// <summary>Reads a member's value as raw text; leaves <paramref name="value"/> alone if it is no string.</summary>
    /// <param name="reader">At the member's name; on return at the value's end.</param>
    /// <param name="value">A slice of what is read.</param>
    public static void RawString(ref Utf8JsonReader reader, ref ReadOnlySpan<byte> value)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            value = reader.ValueSpan;
        }
        else
        {
            reader.Skip();
        }
    }

    public static void Copy(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, JsonElement value)
    {
        writer.WritePropertyName(name);
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
    }

    public static void Copy(this Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
}
