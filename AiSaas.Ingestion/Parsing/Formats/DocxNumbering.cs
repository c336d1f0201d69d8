using System.Globalization;
using System.Text;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Counts the paragraphs that Word numbers by itself: "4.2" stands on paper, but nowhere in the text.</summary>
internal sealed class DocxNumbering
{
    private const int Levels = 9;
    private const int MostLists = 20_000;

    private readonly Dictionary<string, Level[]> _definitions = [];
    private readonly Dictionary<string, string> _lists = [];
    private readonly Dictionary<string, int[]> _counters = [];

    public static async Task<DocxNumbering> ReadAsync(SafeZip zip)
    {
        DocxNumbering numbering = new();
        using var part = zip.Read("word/numbering.xml");
        string id = "";
        string? list = null;
        int level = 0;
        while (part is not null && await part.Xml.ReadAsync())
        {
            var xml = part.Xml;
            if (xml.NodeType != XmlNodeType.Element || numbering._definitions.Count + numbering._lists.Count > MostLists)
            {
                continue;
            }

            string value = OfficePackage.Attribute(xml, "val") ?? "";
            switch (xml.LocalName)
            {
                case "abstractNum":
                    (id, list) = (OfficePackage.Attribute(xml, "abstractNumId") ?? "", null);
                    numbering._definitions[id] = new Level[Levels];
                    break;
                case "num":
                    list = OfficePackage.Attribute(xml, "numId");
                    break;
                case "abstractNumId" when list is not null:
                    numbering._lists[list] = value;
                    break;
                case "lvl":
                    level = Number(OfficePackage.Attribute(xml, "ilvl")) is { } number and < Levels ? number : 0;
                    break;
                case "start" or "numFmt" or "lvlText" when list is null && numbering._definitions.TryGetValue(id, out var levels):
                    levels[level] = xml.LocalName switch
                    {
                        "start" => levels[level] with { Start = Number(value) },
                        "numFmt" => levels[level] with { Format = value },
                        _ => levels[level] with { Text = value },
                    };
                    break;
            }
        }

        return numbering;
    }

    /// <summary>What stands before the next paragraph of a list; null for a bullet, and where nothing does.</summary>
    public string? Next(string list, int level)
    {
        if (!_lists.TryGetValue(list, out string? id) || !_definitions.TryGetValue(id, out var levels) || level is < 0 or >= Levels)
        {
            return null;
        }

        // Lists of one definition go on counting each other.
        if (!_counters.TryGetValue(id, out int[]? counters))
        {
            _counters[id] = counters = new int[Levels];
        }

        counters[level] = counters[level] == 0 ? levels[level].Start ?? 1 : counters[level] + 1;
        counters.AsSpan(level + 1).Clear();
        if (levels[level] is not { Text: { Length: > 0 and < 40 } text, Format: not ("bullet" or "none") })
        {
            return null;
        }

        StringBuilder label = new();
        for (int i = 0; i < text.Length; i++)
        {
            bool counts = text[i] == '%' && i + 1 < text.Length && text[i + 1] is >= '1' and <= '9';
            int of = counts ? text[++i] - '1' : 0;
            _ = counts ? label.Append(Write(Math.Max(counters[of], levels[of].Start ?? 1), levels[of].Format)) : label.Append(text[i]);
        }

        return label.ToString().Trim() is { Length: > 0 } written ? written : null;
    }

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static string Write(int number, string? format) => format switch
    {
        "lowerLetter" => Letters(number).ToLowerInvariant(),
        "upperLetter" => Letters(number),
        "lowerRoman" => Roman(number).ToLowerInvariant(),
        "upperRoman" => Roman(number),
        "decimalZero" => number.ToString("00", CultureInfo.InvariantCulture),
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    // After Z comes AA, then BB.
    private static string Letters(int number) => new((char)('A' + ((number - 1) % 26)), Math.Min(((number - 1) / 26) + 1, 8));

    private static string Roman(int number)
    {
        if (number is < 1 or > 3_999)
        {
            return number.ToString(CultureInfo.InvariantCulture);
        }

        StringBuilder roman = new();
        foreach (var (value, letters) in new[] { (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I") })
        {
            for (; number >= value; number -= value)
            {
                roman.Append(letters);
            }
        }

        return roman.ToString();
    }

    private readonly record struct Level(int? Start, string? Format, string? Text);
}
