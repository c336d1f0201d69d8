namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>A table on a page: its rows from top to bottom, each with its cells from left to right.</summary>
internal sealed record PdfTable(IReadOnlyList<IReadOnlyList<PdfLine>> Rows)
{
    public HashSet<PdfLine> Lines { get; } = new(Rows.SelectMany(row => row), ReferenceEqualityComparer.Instance);
}

/// <summary>Finds tables by their geometry: poppler reads them column by column, which tears their rows apart.</summary>
/// <remarks>
/// 1. Lines that stand side by side make a row; it may be a table's if it has several short cells with clear gaps.
/// 2. Three such rows or more, close below each other, whose cells line up, are a table.
/// Columns of prose line up as well, but their "cells" are long; what is doubtful is left as it was read.
/// </remarks>
internal static class PdfTables
{
    private const int FewestRows = 3;
    private const int LongestCell = 60;
    private const int MeanCell = 22;
    private const double Clear = 0.8;
    private const double Close = 3.5;
    private const double Aligned = 4;
    private const double Most = 0.7;

    public static IReadOnlyList<PdfTable> Find(IEnumerable<PdfLine> lines)
    {
        List<PdfTable> tables = [];
        List<List<PdfLine>> open = [];
        foreach (var row in Rows(lines))
        {
            bool fits = IsTabular(row);
            if (open.Count > 0 && (!fits || row[0].Box.Top - open[^1][0].Box.Bottom > row[0].Box.Height * Close))
            {
                Settle(open, tables);
            }

            if (fits)
            {
                open.Add(row);
            }
        }

        Settle(open, tables);
        return tables;
    }

    private static void Settle(List<List<PdfLine>> open, List<PdfTable> tables)
    {
        if (open.Count >= FewestRows && LinesUp(open))
        {
            tables.Add(new PdfTable([.. open]));
        }

        open.Clear();
    }

    /// <summary>Lines that overlap by half of their height are side by side.</summary>
    private static IEnumerable<List<PdfLine>> Rows(IEnumerable<PdfLine> lines)
    {
        List<PdfLine> row = [];
        foreach (var line in lines.OrderBy(line => Middle(line)))
        {
            if (row.Count > 0 && Middle(line) - Middle(row[0]) > row[0].Box.Height / 2)
            {
                yield return [.. row.OrderBy(cell => cell.Box.Left)];
                row.Clear();
            }

            row.Add(line);
        }

        if (row.Count > 0)
        {
            yield return [.. row.OrderBy(cell => cell.Box.Left)];
        }
    }

    private static bool IsTabular(List<PdfLine> row) =>
        row.Count >= 2
        && row.TrueForAll(cell => cell.Text.Length <= LongestCell)
        && row.Zip(row.Skip(1)).All(pair => pair.Second.Box.Left - pair.First.Box.Right >= pair.First.Box.Height * Clear);

    private static bool LinesUp(List<List<PdfLine>> rows)
    {
        if (rows.SelectMany(row => row).Average(cell => cell.Text.Length) > MeanCell)
        {
            return false;
        }

        int columns = rows.GroupBy(row => row.Count).MaxBy(group => group.Count())!.Key;
        var whole = rows.Where(row => row.Count == columns).ToList();
        return whole.Count >= rows.Count * Most
            && Enumerable.Range(0, columns).All(column =>
                Agree(whole, row => row[column].Box.Left) || Agree(whole, row => row[column].Box.Right)
                || Agree(whole, row => (row[column].Box.Left + row[column].Box.Right) / 2));
    }

    // Numbers line up at their right edge, words at the left one, heads of columns often at neither.
    private static bool Agree(List<List<PdfLine>> rows, Func<List<PdfLine>, double> edge)
    {
        double[] edges = [.. rows.Select(edge).Order()];
        double middle = edges[edges.Length / 2];
        return edges.Count(one => Math.Abs(one - middle) <= Aligned) >= edges.Length * Most;
    }

    private static double Middle(PdfLine line) => (line.Box.Top + line.Box.Bottom) / 2;
}
