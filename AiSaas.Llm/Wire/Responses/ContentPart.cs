using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

internal enum PartKind
{
    Text,
    Refusal,
    Reasoning,
}

/// <summary>A part of a message or of a thought.</summary>
internal sealed class ContentPart(PartKind kind)
{
    private readonly List<byte[]> _logprobs = [];
    private readonly List<byte[]> _annotations = [];

    public PartKind Kind => kind;

    public RawText Text { get; } = new();

    public int Annotations => _annotations.Count;

    /// <param name="raw">Chat's list of tokens, brackets and all; empty for none.</param>
    public void AddLogprobs(ReadOnlySpan<byte> raw)
    {
        if (raw is [(byte)'[', .. var inner, (byte)']'] && inner.Trim(" \t\r\n"u8).Length > 0)
        {
            _logprobs.Add(inner.ToArray());
        }
    }

    /// <returns>The annotation as Responses has it: flat.</returns>
    public byte[]? AddAnnotation(JsonElement annotation)
    {
        if (annotation.Text("type"u8) != "url_citation" || !annotation.TryGet("url_citation"u8, out var citation))
        {
            return null;
        }

        System.Buffers.ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, WireJson.Writing))
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, "url_citation"u8);
            foreach (var member in citation.EnumerateObject())
            {
                writer.WritePropertyName(member.Name);
                writer.Copy(member.Value);
            }

            writer.WriteEndObject();
        }

        _annotations.Add(buffer.WrittenSpan.ToArray());
        return _annotations[^1];
    }

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        switch (kind)
        {
            case PartKind.Text:
                writer.WriteString("type"u8, "output_text"u8);
                Text.Write(writer, "text"u8);
                WriteList(writer, "annotations"u8, _annotations);
                WriteLogprobs(writer);
                break;
            case PartKind.Refusal:
                writer.WriteString("type"u8, "refusal"u8);
                Text.Write(writer, "refusal"u8);
                break;
            default:
                writer.WriteString("type"u8, "reasoning_text"u8);
                Text.Write(writer, "text"u8);
                break;
        }

        writer.WriteEndObject();
    }

    public void WriteLogprobs(Utf8JsonWriter writer) => WriteList(writer, "logprobs"u8, _logprobs);

    private static void WriteList(Utf8JsonWriter writer, ReadOnlySpan<byte> name, List<byte[]> pieces)
    {
        writer.WriteStartArray(name);
        foreach (byte[] piece in pieces)
        {
            writer.WriteRawValue(piece, skipInputValidation: true);
        }

        writer.WriteEndArray();
    }
}
