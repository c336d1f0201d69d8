using System.Globalization;
using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>What the paragraph styles of a Word document mean, by their language-neutral names and outline levels.</summary>
internal sealed class DocxStyles
{
    private readonly Dictionary<string, Style> _styles = [];

    /// <summary>0 for the title, 1 to 6 for headings, null for body text.</summary>
    public int? HeadingLevel(string? style) => Resolve(style, found => found.Level);

    /// <summary>The list that paragraphs of the style are counted in; null for none.</summary>
    public (string List, int Level)? List(string? style) =>
        Resolve<(string, int)>(style, found => found.Numbers is { } list and not "0" ? (list, found.NumbersLevel) : null);

    public bool IsList(string? style) => Resolve<bool>(style, found => found.List ? true : null) ?? false;

    /// <summary>Tables of contents repeat the headings and would be found in their place.</summary>
    public bool IsContents(string? style) => Resolve<bool>(style, found => found.Contents ? true : null) ?? false;

    public static async Task<DocxStyles> ReadAsync(SafeZip zip)
    {
        DocxStyles styles = new();
        using var part = zip.Read("word/styles.xml");
        string id = "";
        while (part is not null && await part.Xml.ReadAsync())
        {
            var xml = part.Xml;
            if (xml.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            switch (xml.LocalName)
            {
                case "style":
                    id = OfficePackage.Attribute(xml, "styleId") ?? "";
                    styles._styles[id] = new Style();
                    break;
                case "name" when styles._styles.TryGetValue(id, out var named):
                    styles._styles[id] = named with { Level = FromName(OfficePackage.Attribute(xml, "val")) ?? named.Level, List = IsListName(OfficePackage.Attribute(xml, "val")), Contents = IsContentsName(OfficePackage.Attribute(xml, "val")) };
                    break;
                case "basedOn" when styles._styles.TryGetValue(id, out var based):
                    styles._styles[id] = based with { Parent = OfficePackage.Attribute(xml, "val") };
                    break;
                case "numId" when styles._styles.TryGetValue(id, out var numbered):
                    styles._styles[id] = numbered with { Numbers = OfficePackage.Attribute(xml, "val") };
                    break;
                case "ilvl" when styles._styles.TryGetValue(id, out var leveled)
                    && int.TryParse(OfficePackage.Attribute(xml, "val"), NumberStyles.None, CultureInfo.InvariantCulture, out int level):
                    styles._styles[id] = leveled with { NumbersLevel = level };
                    break;
                case "outlineLvl" when styles._styles.TryGetValue(id, out var outlined):
                    styles._styles[id] = outlined with { Level = outlined.Level ?? FromOutline(OfficePackage.Attribute(xml, "val")) };
                    break;
            }
        }

        return styles;
    }

    public static int? FromOutline(string? value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int level) && level < 9 ? Math.Min(level + 1, 6) : null;

    private T? Resolve<T>(string? style, Func<Style, T?> value)
        where T : struct
    {
        // Styles inherit; a hostile file may make a ring of them.
        for (int depth = 0; style is not null && depth < 16 && _styles.TryGetValue(style, out var found); depth++)
        {
            if (value(found) is { } answer)
            {
                return answer;
            }

            style = found.Parent;
        }

        return null;
    }

    private static int? FromName(string? name) => name?.ToLowerInvariant() switch
    {
        "title" => 0,
        { } heading when heading.StartsWith("heading ", StringComparison.Ordinal)
            && int.TryParse(heading.AsSpan(8), NumberStyles.None, CultureInfo.InvariantCulture, out int level) => Math.Clamp(level, 1, 6),
        _ => null,
    };

    private static bool IsListName(string? name) => name?.StartsWith("list ", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsContentsName(string? name) => name?.StartsWith("toc ", StringComparison.OrdinalIgnoreCase) == true;

    private readonly record struct Style(string? Parent, int? Level, bool List, bool Contents, string? Numbers, int NumbersLevel);
}
