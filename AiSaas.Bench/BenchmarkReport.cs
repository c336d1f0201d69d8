using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiSaas.Bench;

/// <summary>A table of figures, printed for people and saved for programs.</summary>
internal sealed class BenchmarkReport(params string[] columns)
{
    private const string Folder = ".local/bench";

    // What wasn't measured is NaN.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly List<object[]> _rows = [];
    private readonly List<string> _notes = [];

    public void Add(params object[] row) => _rows.Add(row);

    /// <summary>A sentence under the table.</summary>
    public void Note(string text) => _notes.Add(text);

    /// <summary>The benchmark has found something wrong: the program ends as failed.</summary>
    public void Fail(string text)
    {
        HasFailed = true;
        Note(text);
    }

    public bool HasFailed { get; private set; }

    public void Print()
    {
        string[][] cells = [columns, .. _rows.Select(row => row.Select(Text).ToArray())];
        int[] widths = [.. columns.Select((_, column) => cells.Max(row => row[column].Length))];
        foreach (string[] row in cells)
        {
            Console.WriteLine(string.Join("  ", row.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        }

        _notes.ForEach(Console.WriteLine);
    }

    public string Json(string name, TimeProvider clock)
    {
        var rows = _rows.Select(row => columns.Zip(row).ToDictionary(pair => pair.First, pair => pair.Second));
        return JsonSerializer.Serialize(new { name, at = clock.GetUtcNow(), cores = Environment.ProcessorCount, rows, notes = _notes }, Indented);
    }

    /// <returns>The file written.</returns>
    public static async Task<string> SaveAsync(string name, string json, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        string path = Path.Combine(Folder, $"{name}.json");
        await File.WriteAllTextAsync(path, json, cancellation);
        return path;
    }

    private static string Text(object value) =>
        value is double number ? number.ToString(number >= 100 ? "F0" : "F3", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
