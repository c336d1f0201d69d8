using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;

namespace AiSaas.Core.Runs;

/// <summary>A position in a run's log: <c>2-1763760000017</c>. Later events have greater ones.</summary>
/// <param name="Fence">Of the attempt that wrote the event: whatever a later attempt writes is above.</param>
/// <param name="Number">Counts up by one within a log; starts at the Unix time in milliseconds, so that a log that was lost and
/// begins anew goes on above what readers have seen.</param>
public readonly record struct RunEventId(long Fence, long Number) : IComparable<RunEventId>, IUtf8SpanFormattable
{
    /// <summary>Bytes of the longest one.</summary>
    public const int LongestText = 39;

    /// <summary>Before everything, for a reader who has seen something and dropped it: it is told to drop again whatever came after that.</summary>
    internal static readonly RunEventId Anew;

    public static bool TryParse(ReadOnlySpan<char> text, out RunEventId id)
    {
        Span<byte> utf8 = stackalloc byte[LongestText];
        id = default;
        return System.Text.Encoding.UTF8.TryGetBytes(text, utf8, out int length) && TryParse(utf8[..length], out id);
    }

    public static bool TryParse(ReadOnlySpan<byte> utf8, out RunEventId id)
    {
        id = default;
        int dash = utf8.IndexOf((byte)'-');
        if (dash <= 0 || !TryParseNumber(utf8[..dash], out long fence) || !TryParseNumber(utf8[(dash + 1)..], out long number))
        {
            return false;
        }

        id = new RunEventId(fence, number);
        return true;
    }

    public int CompareTo(RunEventId other) => Fence != other.Fence ? Fence.CompareTo(other.Fence) : Number.CompareTo(other.Number);

    public static bool operator <(RunEventId left, RunEventId right) => left.CompareTo(right) < 0;

    public static bool operator >(RunEventId left, RunEventId right) => left.CompareTo(right) > 0;

    public static bool operator <=(RunEventId left, RunEventId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RunEventId left, RunEventId right) => left.CompareTo(right) >= 0;

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Utf8.TryWrite(utf8Destination, CultureInfo.InvariantCulture, $"{Fence}-{Number}", out bytesWritten);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Fence}-{Number}");

    private static bool TryParseNumber(ReadOnlySpan<byte> digits, out long number) =>
        Utf8Parser.TryParse(digits, out number, out int read) && read == digits.Length && digits[0] is >= (byte)'0' and <= (byte)'9';
}
