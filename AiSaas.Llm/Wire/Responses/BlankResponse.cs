using System.Buffers;
using System.Text.Json;

namespace AiSaas.Llm.Wire.Responses;

/// <summary>A response without output: one that waits, or that ended before there was any.</summary>
public static class BlankResponse
{
    public static string NewId() => OutputItem.NewId("resp");

    /// <param name="request">The client's; what it says is repeated.</param>
    /// <param name="id">Of the response.</param>
    /// <param name="status">queued, in_progress, failed or cancelled.</param>
    /// <param name="createdAt">When it was accepted.</param>
    /// <param name="error">Why it failed.</param>
    public static ReadOnlyMemory<byte> Write(
        ReadOnlyMemory<byte> request, string id, string status, DateTimeOffset createdAt, (string Code, string Message)? error = null)
    {
        ResponseDraft draft = new(ResponseEcho.Of(request), TimeProvider.System, id);
        draft.Introduce(createdAt.ToUnixTimeSeconds(), null);
        draft.Stand(status, error);
        ArrayBufferWriter<byte> output = new(1024);
        using Utf8JsonWriter writer = new(output, WireJson.Writing);
        draft.Write(writer);
        writer.Flush();
        return output.WrittenMemory;
    }
}
