using System.Globalization;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Which cell styles show a number as a date, a time or a share, and how such a number is written for people.</summary>
internal sealed class XlsxFormats
{
    // Between the two calendars of spreadsheets lie four years and a day.
    private const int Days1904 = 1462;

    private readonly List<Shown> _styles = [];
    private bool _from1904;

    private enum Shown
    {
        Number,
        Percent,
        Date,
        Time,
        DateTime,
    }

    public static async Task<XlsxFormats> ReadAsync(SafeZip zip, bool from1904)
    {
        XlsxFormats formats = new() { _from1904 = from1904 };
        Dictionary<int, string> codes = [];
        bool inCells = false;
        using var part = zip.Read("xl/styles.xml");
        while (part is not null && await part.Xml.ReadAsync())
        {
            var xml = part.Xml;
            if (xml.LocalName == "cellXfs")
            {
                inCells = xml.NodeType == XmlNodeType.Element && !xml.IsEmptyElement;
            }
            else if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "numFmt" && Number(xml, "numFmtId") is { } id)
            {
                codes[id] = OfficePackage.Attribute(xml, "formatCode") ?? "";
            }
            else if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "xf" && inCells)
            {
                int format = Number(xml, "numFmtId") ?? 0;
                formats._styles.Add(codes.TryGetValue(format, out string? code) ? FromCode(code) : BuiltIn(format));
            }
        }

        return formats;
    }

    /// <param name="value">As the file has it.</param>
    /// <param name="style">The cell's style; null for none.</param>
    public string Write(string value, int? style)
    {
        var shown = style is { } index && index >= 0 && index < _styles.Count ? _styles[index] : Shown.Number;
        if (!double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
        {
            return value;
        }

        double day = number + (_from1904 ? Days1904 : 0);
        return shown switch
        {
            Shown.Percent => (number * 100).ToString("0.##", CultureInfo.InvariantCulture) + "%",
            Shown.Date when IsDay(day) => DateTime.FromOADate(day).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            Shown.DateTime when IsDay(day) => DateTime.FromOADate(day).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
            Shown.Time when number is >= 0 and < 1 => DateTime.FromOADate(number).ToString("HH:mm:ss", CultureInfo.InvariantCulture),
            // 0.1 + 0.2 is stored as 0.30000000000000004 and shown as 0.3.
            _ => number.ToString("G15", CultureInfo.InvariantCulture),
        };
    }

    private static bool IsDay(double day) => day is >= 1 and < 2_958_466;

    private static int? Number(XmlReader xml, string attribute) =>
        int.TryParse(OfficePackage.Attribute(xml, attribute), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static Shown BuiltIn(int format) => format switch
    {
        9 or 10 => Shown.Percent,
        >= 14 and <= 17 or >= 27 and <= 31 or >= 50 and <= 58 => Shown.Date,
        >= 18 and <= 21 or >= 45 and <= 47 => Shown.Time,
        22 => Shown.DateTime,
        _ => Shown.Number,
    };

    // Letters in quotes, brackets or after a backslash are text; of the rest, y and d are days, h and s are times.
    private static Shown FromCode(string code)
    {
        bool day = false, time = false, percent = false;
        for (int i = 0; i < code.Length && code[i] != ';'; i++)
        {
            switch (char.ToLowerInvariant(code[i]))
            {
                case '"' or '[':
                    int end = code.IndexOf(code[i] == '"' ? '"' : ']', i + 1);
                    i = end < 0 ? code.Length : end;
                    break;
                case '\\' or '_' or '*':
                    i++;
                    break;
                case 'y' or 'd':
                    day = true;
                    break;
                case 'h' or 's':
                    time = true;
                    break;
                case '%':
                    percent = true;
                    break;
            }
        }

        return day && time ? Shown.DateTime : day ? Shown.Date : time ? Shown.Time : percent ? Shown.Percent : Shown.Number;
    }
}
