using System.Text;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Reads lines, cutting those that are longer than a page: a file of one line of 60 MB is no reason to hold 60 MB.</summary>
internal sealed class BoundedLines(TextReader reader, int longest)
{
    private readonly char[] _buffer = new char[32 << 10];
    private readonly StringBuilder _line = new();
    private int _start;
    private int _count;

    /// <returns>The next line without its end, or a piece of a long one; null at the end.</returns>
    public async ValueTask<string?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            if (_start == _count)
            {
                _count = await reader.ReadAsync(_buffer, cancellation);
                _start = 0;
                if (_count == 0)
                {
                    return _line.Length > 0 ? TakeAll() : null;
                }
            }

            var rest = _buffer.AsSpan(_start, _count - _start);
            int end = rest.IndexOf('\n');
            int room = longest - _line.Length;
            int take = Math.Min(end >= 0 ? end : rest.Length, room);
            _line.Append(rest[..take]);
            _start += take;
            if (end >= 0 && take == end)
            {
                _start++;
                return TakeAll();
            }

            if (_line.Length == longest)
            {
                return TakePiece();
            }
        }
    }

    private string TakeAll()
    {
        string line = _line.ToString();
        _line.Clear();
        return line.EndsWith('\r') ? line[..^1] : line;
    }

    private string TakePiece()
    {
        string line = _line.ToString();
        int cut = TextCuts.Before(line + " ", 0, line.Length);
        cut = char.IsHighSurrogate(line[Math.Min(cut, line.Length) - 1]) ? cut - 1 : Math.Min(cut, line.Length);
        _line.Clear().Append(line, cut, line.Length - cut);
        return line[..cut];
    }
}
