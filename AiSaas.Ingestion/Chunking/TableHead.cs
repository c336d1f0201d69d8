using AiSaas.Core.Documents;

namespace AiSaas.Ingestion.Chunking;

/// <summary>The first row of the table that is being read. A table that goes on on the next page keeps it.</summary>
internal sealed class TableHead
{
    private const string Cell = " | ";
    private const int Longest = 200;

    private string? _head;
    private bool _pageEndsInTable;

    /// <summary>At the top of a page: whether its first row goes on with the table of the page before.</summary>
    public void Turn(string text, IReadOnlyList<PageBlock> blocks)
    {
        bool goesOn = _pageEndsInTable && _head is not null && blocks is [{ Kind: BlockKind.TableRow } first, ..]
            && Cells(text.AsSpan(first.Start, first.End - first.Start)) == Cells(_head);
        _head = goesOn ? _head : null;
        _pageEndsInTable = blocks is [.., { Kind: BlockKind.TableRow }];
    }

    /// <summary>Goes to the next block.</summary>
    /// <returns>What stands above this row; null for the head itself and for everything that is no row.</returns>
    public string? Next(string text, PageBlock block)
    {
        if (block.Kind != BlockKind.TableRow)
        {
            _head = null;
            return null;
        }

        var row = text.AsSpan(block.Start, block.End - block.Start);
        if (_head is null)
        {
            _head = row.ToString();
            return null;
        }

        return row.SequenceEqual(_head) ? null : Brief(_head);
    }

    private static int Cells(ReadOnlySpan<char> row) => row.Count(Cell);

    private static string? Brief(string head)
    {
        int cut = head.Length <= Longest ? head.Length : head.LastIndexOf(Cell, Longest, StringComparison.Ordinal);
        return cut <= 0 ? null : cut == head.Length ? head : head[..cut] + Cell + "…";
    }
}
