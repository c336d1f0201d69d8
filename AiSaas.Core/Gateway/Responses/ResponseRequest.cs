using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using AiSaas.Llm.Wire;

namespace AiSaas.Core.Gateway.Responses;

/// <summary>What a Responses request says to whoever keeps responses. The rest is the model's.</summary>
public sealed class ResponseRequest : IDisposable
{
    internal static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private static readonly JsonDocumentOptions Parsing = new() { MaxDepth = 256 };

    private readonly JsonDocument _document;

    private ResponseRequest(ReadOnlyMemory<byte> body, JsonDocument document)
    {
        (Body, _document) = (body, document);
        Model = Text("model") ?? "";
        IsStored = Flag("store") ?? true;
        IsBackground = Flag("background") ?? false;
        IsStreamed = Flag("stream") ?? false;
        PreviousId = Text("previous_response_id");
        References = [.. Items().Where(IsReference).Select(item => item.GetProperty("id").GetString()!).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>As the client sent it.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public string Model { get; }

    /// <summary>Kept unless the client says no.</summary>
    public bool IsStored { get; }

    public bool IsBackground { get; }

    public bool IsStreamed { get; }

    /// <summary>The response that this one continues.</summary>
    public string? PreviousId { get; }

    /// <summary>Items that the input names instead of repeating them.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>Whether nothing need be known of it here: it goes to the model as it is.</summary>
    public bool IsPlain => !IsStored && !IsBackground && PreviousId is null && References.Count == 0;

    /// <exception cref="WireException">It is not JSON, or contradicts itself.</exception>
    public static ResponseRequest Read(ReadOnlyMemory<byte> body)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(body, Parsing);
        }
        catch (JsonException fault)
        {
            throw new WireException($"The request is no valid JSON (line {fault.LineNumber + 1}, byte {fault.BytePositionInLine}).");
        }

        try
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw new WireException("The request must be a JSON object.");
            }

            ResponseRequest request = new(body, document);
            return request.IsBackground && !request.IsStored
                ? throw new WireException("A background response must be stored: leave 'store' out or set it to true.", "store")
                : request;
        }
        catch
        {
            document.Dispose();
            throw;
        }
    }

    /// <summary>What the model's side is sent: the context in the input, and nothing of what is kept here.</summary>
    /// <param name="context">The turns before, and the items that are referred to.</param>
    public ReadOnlyMemory<byte> ForModel(ResponseContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArrayBufferWriter<byte> output = new(Body.Length + 1024);
        using Utf8JsonWriter writer = new(output, Writing);
        writer.WriteStartObject();
        foreach (var member in _document.RootElement.EnumerateObject())
        {
            switch (member.Name)
            {
                case "store" or "background" or "previous_response_id":
                    break;
                // What is worked on in the background is written to a log, event by event.
                case "stream" when IsBackground:
                    break;
                case "input":
                    writer.WritePropertyName("input"u8);
                    context.WriteInput(writer, member.Value);
                    break;
                default:
                    writer.WritePropertyName(member.Name);
                    Raw(writer, member.Value);
                    break;
            }
        }

        // It is kept here; what the provider kept as well could not be deleted from here.
        writer.WriteBoolean("store"u8, false);
        if (IsBackground)
        {
            writer.WriteBoolean("stream"u8, true);
        }

        writer.WriteEndObject();
        writer.Flush();
        return output.WrittenMemory;
    }

    /// <summary>The input as items, a plain text as the message that it stands for.</summary>
    internal IReadOnlyList<JsonElement> InputItems()
    {
        if (!_document.RootElement.TryGetProperty("input", out var input) || input.ValueKind != JsonValueKind.String)
        {
            return [.. Items()];
        }

        ArrayBufferWriter<byte> message = new();
        using (Utf8JsonWriter writer = new(message, Writing))
        {
            WriteMessage(writer, input);
        }

        Utf8JsonReader reader = new(message.WrittenSpan);
        return [JsonElement.ParseValue(ref reader)];
    }

    internal static void WriteMessage(Utf8JsonWriter writer, JsonElement text)
    {
        writer.WriteStartObject();
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "user"u8);
        writer.WriteStartArray("content"u8);
        writer.WriteStartObject();
        writer.WriteString("type"u8, "input_text"u8);
        writer.WritePropertyName("text"u8);
        Raw(writer, text);
        writer.WriteEndObject();
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    internal static void Raw(Utf8JsonWriter writer, JsonElement value) =>
        writer.WriteRawValue(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);

    internal static bool IsReference(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
        && item.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("item_reference")
        && item.TryGetProperty("id", out var id) && id.ValueKind == JsonValueKind.String;

    public void Dispose() => _document.Dispose();

    private IEnumerable<JsonElement> Items() =>
        _document.RootElement.TryGetProperty("input", out var input) && input.ValueKind == JsonValueKind.Array ? input.EnumerateArray() : [];

    private string? Text(string name) =>
        !_document.RootElement.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw new WireException($"'{name}' must be a string.", name);

    private bool? Flag(string name) =>
        !_document.RootElement.TryGetProperty(name, out var value) ? null : value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Null => null,
            _ => throw new WireException($"'{name}' must be true or false.", name),
        };
}
