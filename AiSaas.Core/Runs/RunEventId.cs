using System.Globalization;
using System.Text.Unicode;

namespace AiSaas.Core.Runs;

/// <summary>A position in a run's log, as Redis Streams number it: <c>1763760000000-0</c>. Later events have greater ids.</summary>
public readonly record struct RunEventId(long Milliseconds, long Sequence) : IComparable<RunEventId>, IUtf8SpanFormattable
{
    public static bool TryParse(ReadOnlySpan<char> text, out RunEventId id)
    {
        id = default;
        int dash = text.IndexOf('-');
        if (dash <= 0
            || !long.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds)
            || !long.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence))
        {
            return false;
        }

        id = new RunEventId(milliseconds, sequence);
        return true;
    }

    public int CompareTo(RunEventId other) =>
        Milliseconds != other.Milliseconds ? Milliseconds.CompareTo(other.Milliseconds) : Sequence.CompareTo(other.Sequence);

    public static bool operator <(RunEventId left, RunEventId right) => left.CompareTo(right) < 0;

    public static bool operator >(RunEventId left, RunEventId right) => left.CompareTo(right) > 0;

    public static bool operator <=(RunEventId left, RunEventId right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RunEventId left, RunEventId right) => left.CompareTo(right) >= 0;

    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format, IFormatProvider? provider) =>
        Utf8.TryWrite(utf8Destination, CultureInfo.InvariantCulture, $"{Milliseconds}-{Sequence}", out bytesWritten);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Milliseconds}-{Sequence}");
}
