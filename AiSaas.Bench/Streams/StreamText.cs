using System.Buffers.Text;
using System.Text;

namespace AiSaas.Bench.Streams;

/// <summary>The text of a measured answer: each chunk says its number and when it was due, and the words that follow from the number.
/// So a reader can tell any loss, repetition or change of a byte, and the time that a chunk was on its way.</summary>
internal static class StreamText
{
    private static readonly string[] Words = ["refunds ", "are paid ", "within ", "fourteen days ", "of the ", "written notice ", "to the seller, "];
    private static readonly byte[][] Utf8Words = [.. Words.Select(Encoding.UTF8.GetBytes)];

    public static string Chunk(int number, long stamp) => $"{number}@{stamp} {Words[number % Words.Length]}";

    /// <summary>Reads the chunk that a text begins with.</summary>
    /// <returns>Its length; 0 when it isn't the one expected.</returns>
    public static int Read(ReadOnlySpan<byte> text, int expected, out long stamp)
    {
        stamp = 0;
        if (!Utf8Parser.TryParse(text, out int number, out int digits) || number != expected || digits >= text.Length || text[digits] != '@'
            || !Utf8Parser.TryParse(text[(digits + 1)..], out stamp, out int stampDigits))
        {
            return 0;
        }

        int at = digits + 1 + stampDigits;
        byte[] word = Utf8Words[number % Words.Length];
        return at < text.Length && text[at] == ' ' && text[(at + 1)..].StartsWith(word) ? at + 1 + word.Length : 0;
    }
}
