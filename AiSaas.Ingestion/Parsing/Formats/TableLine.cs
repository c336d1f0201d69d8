using System.Text;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Writes a row of a table as one line: <c>Name: Ada | Born: 1815</c>, or <c>Ada | 1815</c> where columns have no names.</summary>
internal static class TableLine
{
    public static string Of(IReadOnlyList<string> cells, IReadOnlyList<string> names)
    {
        StringBuilder line = new();
        for (int column = 0; column < cells.Count; column++)
        {
            if (cells[column].Length == 0)
            {
                continue;
            }

            line.Append(line.Length > 0 ? " | " : "");
            _ = column < names.Count ? line.Append(names[column]).Append(": ") : line;
            line.Append(cells[column]);
        }

        return line.ToString();
    }
}
