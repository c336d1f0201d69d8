namespace AiSaas.Core.Documents;

/// <summary>What a stretch of a page's text is.</summary>
public enum BlockKind
{
    Paragraph,
    Heading,
    ListItem,

    /// <summary>One row of a table on a line of its own.</summary>
    TableRow,
    Code,

    /// <summary>Of a table of contents: it repeats headings that stand elsewhere, and is no passage.</summary>
    Contents,
}

/// <summary>A stretch of a page's text, in UTF-16 code units; blocks come in order and don't overlap.</summary>
/// <param name="Level">Of a heading: 0 for the document's title, 1 to 6 below it; 0 for everything else.</param>
public readonly record struct PageBlock(BlockKind Kind, int Level, int Start, int End);
