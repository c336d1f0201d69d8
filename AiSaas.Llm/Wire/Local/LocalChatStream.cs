using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Wire.Local;

/// <summary>A streamed answer in this process → chunks of a chat completion. One per stream.</summary>
/// <param name="model">The name to answer under.</param>
/// <param name="includesUsage">Whether the client asked for the chunk with the usage.</param>
/// <param name="now">Dates it where the model does not.</param>
public sealed class LocalChatStream(string model, bool includesUsage, DateTimeOffset now)
{
    private ChatChunks? _chunks;
    private ChatFinishReason? _finish;

    /// <summary>The tokens, once the model has told them.</summary>
    public TokenUsage? Usage { get; private set; }

    public void Write(ChatResponseUpdate update, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(update);
        var chunks = Begin(update.ResponseId, update.CreatedAt ?? now, output);
        foreach (var content in update.Contents)
        {
            switch (content)
            {
                case TextContent { Text.Length: > 0 } text:
                    chunks.Text("content"u8, Encode(text.Text), output);
                    break;
                case UsageContent usage:
                    Usage = LocalChatAnswer.UsageOf(usage.Details);
                    break;
            }
        }

        _finish = update.FinishReason ?? _finish;
    }

    /// <summary>The answer has ended well: writes its finish, the usage if asked for, and <c>[DONE]</c>.</summary>
    public void Complete(IBufferWriter<byte> output)
    {
        var chunks = Begin(null, now, output);
        chunks.Finish(Encoding.UTF8.GetBytes(LocalChatAnswer.Finish(_finish)), output);
        if (includesUsage && Usage is { } usage)
        {
            chunks.Usage(usage, output);
        }

        ChatChunks.Done(output);
    }

    private ChatChunks Begin(string? id, DateTimeOffset created, IBufferWriter<byte> output)
    {
        if (_chunks is null)
        {
            _chunks = new(Encode("chatcmpl-" + id), Encode(model), created, includesUsage);
            _chunks.Role(output);
        }

        return _chunks;
    }

    private static ReadOnlySpan<byte> Encode(string text) => JsonEncodedText.Encode(text, WireJson.Writing.Encoder).EncodedUtf8Bytes;
}
