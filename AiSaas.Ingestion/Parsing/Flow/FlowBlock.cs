using AiSaas.Core.Documents;

namespace AiSaas.Ingestion.Parsing.Flow;

/// <summary>A piece of a format that knows no pages.</summary>
/// <param name="Level">Of a heading: 0 for the document's title, 1 to 6 below it.</param>
internal readonly record struct FlowBlock(BlockKind Kind, int Level, string Text)
{
    /// <summary>Where the format has something like pages (slides): which one it stands on, from 1. 0: wherever there is room.</summary>
    public int Page { get; init; }

    public static FlowBlock Heading(int level, string text) => new(BlockKind.Heading, Math.Clamp(level, 0, 6), text);

    public static FlowBlock Paragraph(string text) => new(BlockKind.Paragraph, 0, text);

    public static FlowBlock ListItem(string text) => new(BlockKind.ListItem, 0, text);

    public static FlowBlock Row(string text) => new(BlockKind.TableRow, 0, text);

    public static FlowBlock Code(string text) => new(BlockKind.Code, 0, text);
}
