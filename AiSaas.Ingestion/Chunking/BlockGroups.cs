using AiSaas.Core.Documents;

namespace AiSaas.Ingestion.Chunking;

/// <summary>Blocks that are read together: the items of a list, the rows of a table, runs of code, and the line that leads to them.</summary>
internal static class BlockGroups
{
    // What is longer fits into no passage; and each block of a page of a million asks anew.
    private const int Longest = 2_000;

    /// <returns>The index after the group that begins at <paramref name="first"/>.</returns>
    public static int End(string text, IReadOnlyList<PageBlock> blocks, int first)
    {
        int next = first + 1;
        bool leads = blocks[first].Kind == BlockKind.Paragraph && text[blocks[first].End - 1] is ':' or '：';
        if (leads && next < blocks.Count && IsGrouped(blocks[next].Kind))
        {
            next++;
        }
        else if (!IsGrouped(blocks[first].Kind))
        {
            return next;
        }

        var kind = blocks[next - 1].Kind;
        while (next < blocks.Count && next - first < Longest && blocks[next].Kind == kind)
        {
            next++;
        }

        return next;
    }

    private static bool IsGrouped(BlockKind kind) => kind is BlockKind.ListItem or BlockKind.TableRow or BlockKind.Code;
}
