using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiSaas.Core.Runs.Parts;

/// <summary>How parts are written: camelCase, nulls left out, no reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StreamPart))]
public sealed partial class StreamJson : JsonSerializerContext
{
    // Parts travel as text/event-stream and are parsed, never pasted into markup: "é" stays two bytes instead of six.
    private static readonly StreamJson Relaxed = new(
        new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        });

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    public static void Write(IBufferWriter<byte> output, StreamPart part)
    {
        var writer = t_writer ??= new(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        writer.Reset(output);
        JsonSerializer.Serialize(writer, part, Relaxed.StreamPart);
        writer.Flush();
    }

    public static byte[] Write(StreamPart part) => JsonSerializer.SerializeToUtf8Bytes(part, Relaxed.StreamPart);

    public static StreamPart Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, Relaxed.StreamPart) ?? throw new JsonException("A part can't be null.");
}
