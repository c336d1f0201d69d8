namespace AiSaas.Llm.Forwarding;

/// <summary>Finds whole server-sent events in a block of bytes, without copying them: what is forwarded must stay as it came.</summary>
internal static class SseFrames
{
    /// <summary>Where the last whole event ends; 0 if there is none.</summary>
    public static int LastEnd(ReadOnlySpan<byte> block) =>
        Math.Max(After(block.LastIndexOf("\n\n"u8), 2), Math.Max(After(block.LastIndexOf("\n\r\n"u8), 3), After(block.LastIndexOf("\r\r"u8), 2)));

    /// <summary>Where the first whole event ends; 0 if there is none.</summary>
    public static int FirstEnd(ReadOnlySpan<byte> block)
    {
        int end = int.MaxValue;
        Take(block.IndexOf("\n\n"u8), 2);
        Take(block.IndexOf("\n\r\n"u8), 3);
        Take(block.IndexOf("\r\r"u8), 2);
        return end == int.MaxValue ? 0 : end;

        void Take(int at, int length) => end = at >= 0 ? Math.Min(end, at + length) : end;
    }

    /// <summary>An event's name and data.</summary>
    /// <param name="frame">One whole event.</param>
    /// <param name="name">Empty where it has none.</param>
    /// <param name="data">Empty for a comment. Lines of data are joined with a line feed.</param>
    public static void Split(ReadOnlySpan<byte> frame, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> data)
    {
        name = default;
        data = default;
        while (frame.Length > 0)
        {
            int end = frame.IndexOfAny((byte)'\n', (byte)'\r');
            var line = end < 0 ? frame : frame[..end];
            frame = end < 0 ? default : frame[(end + 1)..];
            if (line.StartsWith("data:"u8))
            {
                var part = Value(line, 5);
                data = data.IsEmpty ? part : (byte[])[.. data, (byte)'\n', .. part];
            }
            else if (line.StartsWith("event:"u8))
            {
                name = Value(line, 6);
            }
        }
    }

    private static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> line, int from) => line.Length > from && line[from] == ' ' ? line[(from + 1)..] : line[from..];

    private static int After(int at, int length) => at < 0 ? 0 : at + length;
}
