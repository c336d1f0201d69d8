using System.Globalization;
using System.Text;

namespace AiSaas.Core.Jobs;

/// <summary>One line of a job's log.</summary>
/// <param name="Attempt">Null where only the row knows it.</param>
/// <param name="ByWorker">Said by the worker about the attempt; false: by the handler about its work.</param>
internal readonly record struct JobLine(JobId Job, DateTimeOffset At, int? Attempt, bool ByWorker, string Text);

/// <summary>What an attempt has said and nobody has written yet. Bounded: a handler in a loop costs itself its older lines.</summary>
internal sealed class JobLines
{
    /// <summary>How many lines a job keeps.</summary>
    public const int Most = 200;

    /// <summary>The longest line, in UTF-16 code units.</summary>
    public const int Longest = 500;

    private readonly Lock _gate = new();
    private Queue<JobLine>? _lines;
    private int _lost;

    /// <summary>How many lines the attempt has said so far, written or not.</summary>
    public int Said { get; private set; }

    public void Add(JobLine line)
    {
        lock (_gate)
        {
            _lines ??= new();
            Said++;
            _lines.Enqueue(line with { Text = Clean(line.Text) });
            if (_lines.Count > Most)
            {
                _lines.Dequeue();
                _lost++;
            }
        }
    }

    /// <summary>What was said since this was last called.</summary>
    public IReadOnlyList<JobLine> Take()
    {
        lock (_gate)
        {
            if (_lines is not { Count: > 0 } lines)
            {
                return [];
            }

            List<JobLine> taken = [.. lines];
            if (_lost > 0)
            {
                taken.Insert(0, taken[0] with { Text = string.Create(CultureInfo.InvariantCulture, $"({_lost} earlier lines are left out)") });
            }

            lines.Clear();
            _lost = 0;
            return taken;
        }
    }

    // One line of printable text that Postgres takes: no controls, no halves of characters, not too long.
    internal static string Clean(string text)
    {
        if (text is [not ' ', .., not ' '] && text.Length < Longest && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            // As nearly all are.
            return text;
        }

        StringBuilder clean = new(Math.Min(text.Length, Longest));
        foreach (var rune in text.AsSpan().Trim().EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > Longest - 1)
            {
                return clean.Append('…').ToString();
            }

            clean.Append(Rune.IsControl(rune) ? " " : rune.ToString());
        }

        return clean.ToString();
    }
}
