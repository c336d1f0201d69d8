using System.Globalization;
using System.Text;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Reads one sheet forwards, a row at a time.</summary>
/// <remarks>Of the first rows, the first one of different texts that is nearly as wide as the widest names the columns (years and dates may
/// name some of them): rows after it are written as
/// <c>Name: Ada | Born: 1815-12-10</c>, those before it, and all where there is no such row, as <c>Ada | 1815-12-10</c>.</remarks>
internal sealed class XlsxRows(XmlReader xml, IReadOnlyList<string> texts, XlsxFormats formats, XlsxMerges merges)
{
    private const int LongestRow = 4_000_000;
    private const int RowsBeforeNames = 20;
    private const int LongestName = 80;
    private const double NearlyAll = 0.7;

    private readonly Queue<List<Cell>> _first = [];
    private List<Cell>? _names;
    private Dictionary<int, string> _byColumn = [];
    private List<Cell> _cells = [];
    private bool _begun;
    private int _row;

    /// <returns>The next row as a line; null at the end.</returns>
    public async Task<string?> NextAsync(CancellationToken cancellation)
    {
        if (!_begun)
        {
            await BeginAsync(cancellation);
        }

        var row = _first.Count > 0 ? _first.Dequeue() : await ReadAsync(cancellation);
        if (row is null)
        {
            return null;
        }

        string line = Write(row);
        if (row == _names)
        {
            _byColumn = row.ToDictionary(cell => cell.Column, cell => cell.Text);
        }

        return line;
    }

    private async Task BeginAsync(CancellationToken cancellation)
    {
        _begun = true;
        while (_first.Count < RowsBeforeNames && await ReadAsync(cancellation) is { } row)
        {
            _first.Enqueue(row);
        }

        int widest = _first.Count > 1 ? _first.Max(row => row.Count) : 0;
        _names = widest < 2 ? null : _first.FirstOrDefault(row => row.Count >= Math.Max(2, widest * NearlyAll) && AreNames(row));
    }

    private static bool AreNames(List<Cell> row) =>
        row.TrueForAll(cell => (cell.IsText || IsTime(cell.Text)) && cell.Text.Length <= LongestName) && row.Exists(cell => cell.IsText)
        && row.DistinctBy(cell => cell.Text).Count() >= row.Count * NearlyAll && row.DistinctBy(cell => cell.Column).Count() == row.Count;

    // 2024, 2024-05-01
    private static bool IsTime(string text) =>
        text is [('1' or '2'), _, _, _] && text.All(char.IsAsciiDigit) || (text.Length == 10 && text[4] == '-' && text[7] == '-');

    // The next row that says something.
    private async Task<List<Cell>?> ReadAsync(CancellationToken cancellation)
    {
        while (await xml.ReadAsync())
        {
            if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "c")
            {
                await CellAsync();
            }
            else if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "row")
            {
                _row = int.TryParse(OfficePackage.Attribute(xml, "r"), NumberStyles.None, CultureInfo.InvariantCulture, out int row) ? row : _row + 1;
            }
            else if (xml.NodeType == XmlNodeType.EndElement && xml.LocalName == "row" && _cells.Count > 0)
            {
                cancellation.ThrowIfCancellationRequested();
                var row = merges.Fill(_row, _cells);
                _cells = [];
                return row;
            }
        }

        return null;
    }

    private async Task CellAsync()
    {
        int column = Column(OfficePackage.Attribute(xml, "r")) ?? (_cells is [.., var last] ? last.Column + 1 : 0);
        string type = OfficePackage.Attribute(xml, "t") ?? "n";
        int? style = int.TryParse(OfficePackage.Attribute(xml, "s"), NumberStyles.None, CultureInfo.InvariantCulture, out int given) ? given : null;
        if (xml.IsEmptyElement)
        {
            return;
        }

        string value = "";
        int depth = xml.Depth;
        while (await xml.ReadAsync() && xml.Depth > depth)
        {
            // v is the value, is a text that stands in the cell itself; f, the formula, is not what people see.
            if (xml.NodeType == XmlNodeType.Element && xml.LocalName is "v" or "is")
            {
                value = await XlsxTexts.TextAsync(xml);
            }
        }

        string text = type switch
        {
            "s" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && index < texts.Count ? texts[index] : "",
            "b" => value == "1" ? "yes" : "no",
            "n" when value.Length > 0 => formats.Write(value, style),
            _ => value,
        };
        if (text.Length > 0)
        {
            _cells.Add(new(column, text, type is "s" or "inlineStr" or "str"));
        }
    }

    private string Write(List<Cell> cells)
    {
        StringBuilder row = new();
        foreach (var (column, text, _) in cells)
        {
            row.Append(row.Length > 0 ? " | " : "");
            if (_byColumn.TryGetValue(column, out string? name))
            {
                row.Append(name).Append(": ");
            }

            row.Append(text);
            if (row.Length > LongestRow)
            {
                throw DocumentFaultException.TooMuch("The spreadsheet has a row of more than four million characters.");
            }
        }

        return row.ToString();
    }

    // "BC12" is column 54.
    internal static int? Column(ReadOnlySpan<char> reference)
    {
        int column = 0;
        foreach (char letter in reference)
        {
            if (!char.IsAsciiLetterUpper(letter) || column > 1_000_000)
            {
                break;
            }

            column = (column * 26) + letter - 'A' + 1;
        }

        return column > 0 ? column - 1 : null;
    }

    internal readonly record struct Cell(int Column, string Text, bool IsText);
}
