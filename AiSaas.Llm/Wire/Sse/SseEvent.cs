namespace AiSaas.Llm.Wire.Sse;

/// <summary>One server-sent event. Its bytes belong to the scanner and are good until its next call.</summary>
public readonly ref struct SseEvent(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
{
    /// <summary>The <c>event:</c> field; empty where there is none.</summary>
    public ReadOnlySpan<byte> Name { get; } = name;

    /// <summary>All <c>data:</c> lines, joined by line feeds.</summary>
    public ReadOnlySpan<byte> Data { get; } = data;
}
