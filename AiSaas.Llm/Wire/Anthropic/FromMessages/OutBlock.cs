using System.Buffers;

namespace AiSaas.Llm.Wire.Anthropic.FromMessages;

internal enum OutKind
{
    Thinking,
    Text,
    Tool,
}

/// <summary>A content block on its way to the client.</summary>
internal sealed class OutBlock(OutKind kind)
{
    /// <summary>Of a tool's arguments.</summary>
    public JsonEnd End;

    public OutKind Kind => kind;

    /// <summary>A tool's, raw.</summary>
    public byte[] Id { get; set; } = [];

    /// <summary>A tool's, raw; until it is known, the block cannot begin.</summary>
    public byte[] Name { get; set; } = [];

    /// <summary>What came before the block's turn.</summary>
    public ArrayBufferWriter<byte>? Waiting { get; set; }

    public bool IsOpen { get; set; }

    public bool HasContent { get; set; }

    public bool MayOpen => kind != OutKind.Tool || Name.Length > 0;

    /// <summary>Whether the next block may begin: a text ends where another begins, a tool where its arguments are whole.</summary>
    public bool MayClose => kind != OutKind.Tool || End.IsReached;
}
