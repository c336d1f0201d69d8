using System.Globalization;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Cells that reach over several rows: each of those rows says what stands in them, since it may be found by itself.</summary>
/// <remarks>A sheet names them after its rows, so they are read before; not of a sheet so long that reading it twice would be felt.</remarks>
internal sealed class XlsxMerges
{
    private const long LongestSheet = 64L << 20;
    private const int Most = 20_000;

    private readonly Dictionary<int, List<(int Column, int Last)>> _firstRows = [];
    private readonly List<(XlsxRows.Cell Cell, int Last)> _open = [];

    public static async Task<XlsxMerges> ReadAsync(SafeZip zip, string sheet)
    {
        XlsxMerges merges = new();
        if (zip.LengthOf(sheet) is 0 or > LongestSheet)
        {
            return merges;
        }

        using var part = zip.Read(sheet)!;
        int count = 0;
        while (count < Most && await part.Xml.ReadAsync())
        {
            if (part.Xml is { NodeType: XmlNodeType.Element, LocalName: "mergeCell" }
                && OfficePackage.Attribute(part.Xml, "ref")?.Split(':') is [var from, var to]
                && XlsxRows.Column(from) is { } column && Row(from) is { } first && Row(to) is { } last && last > first)
            {
                count++;
                if (!merges._firstRows.TryGetValue(first, out var columns))
                {
                    merges._firstRows[first] = columns = [];
                }

                columns.Add((column, last));
            }
        }

        return merges;
    }

    /// <summary>The row's cells, with those that reach into it from above. Rows come in order.</summary>
    public List<XlsxRows.Cell> Fill(int row, List<XlsxRows.Cell> cells)
    {
        if (_firstRows.Count == 0)
        {
            return cells;
        }

        _open.RemoveAll(open => open.Last < row);
        var missing = _open.Where(open => !cells.Exists(cell => cell.Column == open.Cell.Column)).Select(open => open.Cell).ToList();
        foreach (var (column, last) in _firstRows.GetValueOrDefault(row) ?? [])
        {
            if (cells.Find(cell => cell.Column == column) is { Text: { Length: > 0 } } cell)
            {
                _open.Add((cell, last));
            }
        }

        return missing.Count == 0 ? cells : [.. cells.Concat(missing).OrderBy(cell => cell.Column)];
    }

    private static int? Row(string reference) =>
        int.TryParse(reference.AsSpan().TrimStart("ABCDEFGHIJKLMNOPQRSTUVWXYZ$"), NumberStyles.None, CultureInfo.InvariantCulture, out int row) ? row : null;
}
