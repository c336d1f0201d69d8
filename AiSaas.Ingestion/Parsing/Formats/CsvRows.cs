using System.Text;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Reads rows of cells separated by commas, semicolons, tabs or bars: quoted cells may hold separators, quotes and line ends.</summary>
/// <remarks>Holds one row. One longer than a row may be comes in pieces, so that a quote that is never closed costs no memory.</remarks>
internal sealed class CsvRows(TextReader reader)
{
    private const int LongestRow = 200_000;
    private const int LongestWord = 1_000;
    private const int Sample = 32 << 10;
    private const string Separators = ",;\t|";

    private readonly char[] _buffer = new char[Sample];
    private readonly StringBuilder _cell = new();
    private List<string> _cells = [];
    private int _start;
    private int _count;
    private char _separator;
    private bool _quoted;
    private bool _wasQuoted;
    private int _length;

    /// <returns>The next row that says something; null at the end.</returns>
    public async ValueTask<IReadOnlyList<string>?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_start == _count && !await FillAsync(cancellation))
            {
                return Take();
            }

            while (_start < _count)
            {
                if (Step(_buffer[_start++]) && Take() is { } row)
                {
                    return row;
                }
            }
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellation)
    {
        _count = await reader.ReadBlockAsync(_buffer, cancellation);
        _start = 0;
        if (_separator == '\0' && _count > 0)
        {
            _separator = Guess(_buffer.AsSpan(0, _count), out _start);
        }

        return _count > _start;
    }

    /// <returns>True at the end of a row.</returns>
    private bool Step(char letter)
    {
        _length++;
        if (_quoted)
        {
            // A quote inside of a quoted cell is written twice: the second opens the cell again.
            _quoted = letter != '"';
            _ = _quoted ? _cell.Append(letter) : _cell;
        }
        else if (letter == '"' && (_cell.Length == 0 || _wasQuoted))
        {
            _ = _wasQuoted ? _cell.Append('"') : _cell;
            (_quoted, _wasQuoted) = (true, true);
        }
        else if (letter == _separator)
        {
            EndCell();
        }
        else if (letter is '\n' or '\r')
        {
            return true;
        }
        else
        {
            _cell.Append(letter);
        }

        // Not inside of a word, if that can be helped.
        return _length > LongestRow && (!char.IsLetterOrDigit(letter) || _length > LongestRow + LongestWord);
    }

    private void EndCell()
    {
        _cells.Add(CleanText.Collapse(_cell.ToString()));
        _cell.Clear();
        _wasQuoted = false;
    }

    private List<string>? Take()
    {
        if (_cell.Length > 0 || _cells.Count > 0)
        {
            EndCell();
        }

        var row = _cells;
        (_cells, _length, _wasQuoted) = ([], 0, false);
        return row.Exists(cell => cell.Length > 0) ? row : null;
    }

    /// <summary>The separator that most rows have as often as the first one.</summary>
    private static char Guess(ReadOnlySpan<char> sample, out int start)
    {
        start = 0;
        if (sample.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) && sample.Length > 5 && sample[5] is '\r' or '\n')
        {
            start = 5;
            return sample[4];
        }

        List<int[]> rows = [new int[Separators.Length]];
        bool quoted = false;
        foreach (char letter in sample)
        {
            quoted ^= letter == '"';
            if (!quoted && letter == '\n')
            {
                rows.Add(new int[Separators.Length]);
            }
            else if (!quoted && Separators.IndexOf(letter, StringComparison.Ordinal) is >= 0 and var separator)
            {
                rows[^1][separator]++;
            }
        }

        var (best, agreeing) = (0, 0.0);
        for (int separator = 0; separator < Separators.Length; separator++)
        {
            var counts = rows.Select(row => row[separator]).Where(count => count > 0).ToList();
            double agree = counts.Count == 0 ? 0
                : counts.GroupBy(count => count).Max(group => group.Count()) / (double)rows.Count + (counts.Average() / 1_000_000);
            (best, agreeing) = agree > agreeing ? (separator, agree) : (best, agreeing);
        }

        return Separators[best];
    }
}
