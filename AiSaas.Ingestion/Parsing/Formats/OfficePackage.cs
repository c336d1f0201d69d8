using System.Xml;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>What all Office formats share: relations between parts, properties, attributes by their local names.</summary>
/// <remarks>Only relations to parts inside of the package are known: whatever points outside (a remote template, a linked picture)
/// isn't, and so is never fetched.</remarks>
internal static class OfficePackage
{
    /// <summary>The parts that a part refers to, by relation id.</summary>
    public static async Task<Dictionary<string, string>> RelationsAsync(SafeZip zip, string part)
    {
        int slash = part.LastIndexOf('/');
        string folder = part[..(slash + 1)];
        Dictionary<string, string> targets = [];
        using var relations = zip.Read($"{folder}_rels/{part[(slash + 1)..]}.rels");
        while (relations is not null && await relations.Xml.ReadAsync())
        {
            var xml = relations.Xml;
            if (xml is { NodeType: XmlNodeType.Element, LocalName: "Relationship" }
                && !string.Equals(Attribute(xml, "TargetMode"), "External", StringComparison.OrdinalIgnoreCase)
                && Attribute(xml, "Id") is { } id && Attribute(xml, "Target") is { } target)
            {
                targets[id] = Resolve(folder, target);
            }
        }

        return targets;
    }

    /// <summary>As the properties give it; null where they give none.</summary>
    public static async Task<string?> TitleAsync(SafeZip zip)
    {
        using var part = zip.Read("docProps/core.xml");
        while (part is not null && await part.Xml.ReadAsync())
        {
            if (part.Xml is { NodeType: XmlNodeType.Element, LocalName: "title" })
            {
                string title = CleanText.Collapse(await part.Xml.ReadElementContentAsStringAsync());
                return title.Length is > 0 and <= 300 ? title : null;
            }
        }

        return null;
    }

    /// <summary>An attribute by its local name, whatever its prefix; leaves the reader on its element.</summary>
    public static string? Attribute(XmlReader xml, string name)
    {
        string? found = null;
        for (int i = 0; i < xml.AttributeCount && found is null; i++)
        {
            xml.MoveToAttribute(i);
            found = xml.LocalName == name ? xml.Value : null;
        }

        xml.MoveToElement();
        return found;
    }

    /// <summary>The part that a reference from a folder means: <c>../media/a.xml</c> seen from <c>ppt/slides/</c> is <c>ppt/media/a.xml</c>.</summary>
    public static string Resolve(string folder, string target)
    {
        List<string> path = target.StartsWith('/') ? [] : [.. folder.Split('/', StringSplitOptions.RemoveEmptyEntries)];
        foreach (string step in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (step == "..")
            {
                path.RemoveRange(Math.Max(0, path.Count - 1), Math.Min(1, path.Count));
            }
            else if (step != ".")
            {
                path.Add(step);
            }
        }

        return string.Join('/', path);
    }
}
