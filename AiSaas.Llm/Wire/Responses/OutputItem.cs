using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>One item of a response's output, as far as it has come.</summary>
internal abstract class OutputItem(string prefix, int index)
{
    public string Id { get; } = NewId(prefix);

    /// <summary>Its place in the output.</summary>
    public int Index { get; } = index;

    /// <summary>in_progress, completed or incomplete.</summary>
    public string Status { get; set; } = "in_progress";

    public bool IsOpen => Status == "in_progress";

    public static string NewId(string prefix) => $"{prefix}_{Guid.CreateVersion7():N}";

    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, Id);
        WriteMembers(writer);
        writer.WriteString("status"u8, Status);
        writer.WriteEndObject();
    }

    protected abstract void WriteMembers(Utf8JsonWriter writer);
}

internal sealed class MessageItem(int index) : OutputItem("msg", index)
{
    public List<ContentPart> Parts { get; } = [];

    protected override void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteString("type"u8, "message"u8);
        writer.WriteString("role"u8, "assistant"u8);
        writer.WriteStartArray("content"u8);
        foreach (var part in Parts)
        {
            part.Write(writer);
        }

        writer.WriteEndArray();
    }
}

internal sealed class ReasoningItem(int index) : OutputItem("rs", index)
{
    public ContentPart Thought { get; } = new(PartKind.Reasoning);

    protected override void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteString("type"u8, "reasoning"u8);
        // These are the model's own words, not a summary of them.
        writer.WriteStartArray("summary"u8);
        writer.WriteEndArray();
        writer.WriteStartArray("content"u8);
        if (!Thought.Text.IsEmpty)
        {
            Thought.Write(writer);
        }

        writer.WriteEndArray();
    }
}

/// <param name="index">Its place in the output.</param>
/// <param name="callId">The target's name for the call, which its output refers to.</param>
internal sealed class CallItem(int index, string? callId) : OutputItem("fc", index)
{
    public string CallId { get; } = string.IsNullOrEmpty(callId) ? NewId("call") : callId;

    public string Name { get; set; } = "";

    public RawText Arguments { get; } = new();

    /// <summary>Readers have been told of it.</summary>
    public bool IsAnnounced { get; set; }

    protected override void WriteMembers(Utf8JsonWriter writer)
    {
        writer.WriteString("type"u8, "function_call"u8);
        writer.WriteString("call_id"u8, CallId);
        writer.WriteString("name"u8, Name);
        Arguments.Write(writer, "arguments"u8);
    }
}
