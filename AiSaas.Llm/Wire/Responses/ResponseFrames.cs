using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>Writes a stream's events, numbered from 0.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The writer holds nothing of its own: it always writes into the client's buffer.")]
internal sealed class ResponseFrames
{
    private readonly Utf8JsonWriter _writer = new(Stream.Null, WireJson.Writing);
    private long _sequence;

    public void Response(string type, ResponseDraft draft, IBufferWriter<byte> output)
    {
        Open(type, output);
        _writer.WritePropertyName("response"u8);
        draft.Write(_writer);
        Close(output);
    }

    public void Item(string type, OutputItem item, IBufferWriter<byte> output)
    {
        Open(type, output);
        _writer.WriteNumber("output_index"u8, item.Index);
        _writer.WritePropertyName("item"u8);
        item.Write(_writer);
        Close(output);
    }

    public void Part(string type, OutputItem item, int index, ContentPart part, IBufferWriter<byte> output)
    {
        OpenPart(type, item, index, output);
        _writer.WritePropertyName("part"u8);
        part.Write(_writer);
        Close(output);
    }

    /// <param name="item">The message or thought.</param>
    /// <param name="index">The part's place in it.</param>
    /// <param name="part">Whose kind names the event.</param>
    /// <param name="delta">Between its quotes.</param>
    /// <param name="logprobs">A JSON list, or empty.</param>
    /// <param name="output">Takes the frame.</param>
    public void Delta(
        OutputItem item, int index, ContentPart part, ReadOnlySpan<byte> delta, ReadOnlySpan<byte> logprobs, IBufferWriter<byte> output)
    {
        if (delta.IsEmpty && logprobs.IsEmpty)
        {
            return;
        }

        OpenPart(Name(part.Kind, "delta"), item, index, output);
        WriteRawText("delta"u8, delta);
        if (part.Kind == PartKind.Text)
        {
            _writer.WritePropertyName("logprobs"u8);
            _writer.WriteRawValue(logprobs.IsEmpty ? "[]"u8 : logprobs, skipInputValidation: true);
        }

        Close(output);
    }

    public void TextDone(OutputItem item, int index, ContentPart part, IBufferWriter<byte> output)
    {
        OpenPart(Name(part.Kind, "done"), item, index, output);
        part.Text.Write(_writer, part.Kind == PartKind.Refusal ? "refusal"u8 : "text"u8);
        if (part.Kind == PartKind.Text)
        {
            part.WriteLogprobs(_writer);
        }

        Close(output);
    }

    public void Annotation(OutputItem item, int part, int index, byte[] annotation, IBufferWriter<byte> output)
    {
        OpenPart("response.output_text.annotation.added", item, part, output);
        _writer.WriteNumber("annotation_index"u8, index);
        _writer.WritePropertyName("annotation"u8);
        _writer.WriteRawValue(annotation, skipInputValidation: true);
        Close(output);
    }

    public void Arguments(CallItem call, ReadOnlySpan<byte> delta, IBufferWriter<byte> output)
    {
        if (delta.IsEmpty)
        {
            return;
        }

        OpenItem("response.function_call_arguments.delta", call, output);
        WriteRawText("delta"u8, delta);
        Close(output);
    }

    public void ArgumentsDone(CallItem call, IBufferWriter<byte> output)
    {
        OpenItem("response.function_call_arguments.done", call, output);
        _writer.WriteString("name"u8, call.Name);
        call.Arguments.Write(_writer, "arguments"u8);
        Close(output);
    }

    private static string Name(PartKind kind, string what) => (kind, what) switch
    {
        (PartKind.Text, "delta") => "response.output_text.delta",
        (PartKind.Text, _) => "response.output_text.done",
        (PartKind.Refusal, "delta") => "response.refusal.delta",
        (PartKind.Refusal, _) => "response.refusal.done",
        (_, "delta") => "response.reasoning_text.delta",
        _ => "response.reasoning_text.done",
    };

    private void OpenPart(string type, OutputItem item, int index, IBufferWriter<byte> output)
    {
        OpenItem(type, item, output);
        _writer.WriteNumber("content_index"u8, index);
    }

    private void OpenItem(string type, OutputItem item, IBufferWriter<byte> output)
    {
        Open(type, output);
        _writer.WriteString("item_id"u8, item.Id);
        _writer.WriteNumber("output_index"u8, item.Index);
    }

    private void Open(string type, IBufferWriter<byte> output)
    {
        output.Write("event: "u8);
        Encoding.ASCII.GetBytes(type, output);
        output.Write("\ndata: "u8);
        _writer.Reset(output);
        _writer.WriteStartObject();
        _writer.WriteString("type"u8, type);
        _writer.WriteNumber("sequence_number"u8, _sequence++);
    }

    private void Close(IBufferWriter<byte> output)
    {
        _writer.WriteEndObject();
        _writer.Flush();
        output.Write("\n\n"u8);
    }

    private void WriteRawText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> raw)
    {
        _writer.WritePropertyName(name);
        byte[] quoted = ArrayPool<byte>.Shared.Rent(raw.Length + 2);
        quoted[0] = quoted[raw.Length + 1] = (byte)'"';
        raw.CopyTo(quoted.AsSpan(1));
        _writer.WriteRawValue(quoted.AsSpan(0, raw.Length + 2), skipInputValidation: true);
        ArrayPool<byte>.Shared.Return(quoted);
    }
}
