using System.Globalization;
using System.Text.Json;

namespace AiSaas.Bench;

/// <summary>A table of figures, printed for people and saved for programs.</summary>
internal sealed class BenchmarkReport(params string[] columns)
{
    private const string Folder = ".local/bench";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly List<object[]> _rows = [];

    public void Add(params object[] row) => _rows.Add(row);

    public void Print()
    {
        string[][] cells = [columns, .. _rows.Select(row => row.Select(Text).ToArray())];
        int[] widths = [.. columns.Select((_, column) => cells.Max(row => row[column].Length))];
        foreach (string[] row in cells)
        {
            Console.WriteLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        }
    }

    /// <returns>The file written.</returns>
    public async Task<string> SaveAsync(string name, TimeProvider clock, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        string path = Path.Combine(Folder, $"{name}.json");
        var rows = _rows.Select(row => columns.Zip(row).ToDictionary(pair => pair.First, pair => pair.Second));
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(new { name, at = clock.GetUtcNow(), cores = Environment.ProcessorCount, rows }, Indented), cancellation);
        return path;
    }

    private static string Text(object value) =>
        value is double number ? number.ToString(number >= 100 ? "F0" : "F3", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
