using System.Buffers;
using System.Text;
using System.Text.Json;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Reads JSON forwards, one value or many after each other (JSON lines), as lines that say what stands where.</summary>
/// <remarks>
/// What is in a list is a record, and a line: <c>users › name: Ada | address.city: London</c>. What stands in no list is a line a value:
/// <c>server.port: 80</c>. Texts are as they are meant, without the escapes that hide "ü" from a search. A line is closed once it is long;
/// values are never cut. Memory: the longest value.
/// </remarks>
/// <param name="json">UTF-8.</param>
/// <param name="lines">Whether each of its values is a record, as in JSON lines.</param>
internal sealed class JsonRecords(Stream json, bool lines)
{
    private const int MostDepth = 256;
    private const int LongestValue = 16 << 20;
    private const int LongLine = 2_000;

    private static readonly JsonReaderOptions Options = new()
    {
        AllowMultipleValues = true,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = MostDepth,
    };

    private readonly List<Level> _levels = [];
    private readonly StringBuilder _line = new();
    private readonly List<string> _done = [];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(64 << 10);
    private int _count;
    private bool _ended;
    private JsonReaderState _state = new(Options);
    private string _name = "";
    private int _record;
    private string? _lastPath;

    /// <returns>The lines of the next stretch; null at the end.</returns>
    /// <exception cref="JsonException">It is no JSON, nests too deep, or has a value too long to be held.</exception>
    public async ValueTask<IReadOnlyList<string>?> NextAsync(CancellationToken cancellation)
    {
        _done.Clear();
        if (_ended)
        {
            return null;
        }

        if (_count == _buffer.Length)
        {
            Grow();
        }

        int read = await json.ReadAsync(_buffer.AsMemory(_count), cancellation);
        _count += read;
        _ended = read == 0;
        int used = Read(_buffer.AsSpan(0, _count));
        _buffer.AsSpan(used, _count - used).CopyTo(_buffer);
        _count -= used;
        if (_ended)
        {
            Close();
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }

        return _done;
    }

    private void Grow()
    {
        if (_buffer.Length >= LongestValue)
        {
            throw new JsonException("A value is too long.");
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private int Read(ReadOnlySpan<byte> bytes)
    {
        Utf8JsonReader reader = new(bytes, _ended, _state);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    _name = CleanText.Collapse(CleanText.Of(reader.GetString()!));
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    Enter(isList: reader.TokenType == JsonTokenType.StartArray);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    Leave();
                    break;
                case JsonTokenType.String:
                    Add(CleanText.Of(reader.GetString()!).Trim());
                    break;
                case JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False:
                    Add(Encoding.UTF8.GetString(reader.ValueSpan));
                    break;
            }
        }

        _state = reader.CurrentState;
        return (int)reader.BytesConsumed;
    }

    private void Enter(bool isList)
    {
        bool inList = _levels is [.., { IsList: true }];
        _levels.Add(new(inList || _levels.Count == 0 ? "" : _name, isList));
        _lastPath = null;
        if (inList || (lines && _levels.Count == 1))
        {
            Close();
            _record = _levels.Count;
        }
    }

    private void Leave()
    {
        _levels.RemoveAt(_levels.Count - 1);
        _lastPath = null;
        if (_record > _levels.Count)
        {
            Close();
            _record = 0;
            for (int level = _levels.Count; level > 0 && _record == 0; level--)
            {
                _record = level > 1 ? _levels[level - 2].IsList ? level : 0 : lines ? 1 : 0;
            }
        }
    }

    private void Add(string value)
    {
        if (value.Length == 0)
        {
            return;
        }

        string path = Path(_record, _levels.Count, _levels is [.., { IsList: false }] ? _name : "");
        bool goesOn = path == _lastPath;
        if (_line.Length + value.Length > LongLine || (_record == 0 && !goesOn))
        {
            Close();
        }

        goesOn &= _line.Length > 0;
        if (_line.Length > 0)
        {
            _line.Append(goesOn ? ", " : " | ");
        }
        else if (Path(0, _record, "") is { Length: > 0 } list)
        {
            _line.Append(list).Append(" › ");
        }

        _line.Append(path.Length == 0 || goesOn ? "" : path + ": ").Append(value);
        _lastPath = _levels is [.., { IsList: true }] ? path : null;
    }

    private string Path(int from, int to, string name) =>
        string.Join('.', _levels.Take(to).Skip(from).Select(level => level.Name).Append(name).Where(part => part.Length > 0));

    private void Close()
    {
        if (_line.Length > 0)
        {
            _done.Add(_line.ToString());
            _line.Clear();
        }
    }

    private readonly record struct Level(string Name, bool IsList);
}
