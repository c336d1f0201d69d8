namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

/// <summary>A completion's id as a message's id.</summary>
internal static class MessageIds
{
    public static string Of(string id) => "msg_" + (id.StartsWith("chatcmpl-", StringComparison.Ordinal) ? id[9..] : id);

    public static byte[] Of(ReadOnlySpan<byte> id) => [.. "msg_"u8, .. id.StartsWith("chatcmpl-"u8) ? id[9..] : id];
}
