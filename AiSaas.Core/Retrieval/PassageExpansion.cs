using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Llm.Text;

namespace AiSaas.Core.Retrieval;

/// <summary>Gives passages what stands around them: chunks are small to be found, and read in the run of their section.</summary>
/// <remarks>
/// 1. One query reads the runs of all passages, without what is switched off.
/// 2. Best first, each passage takes neighbours, nearest first and in turns before and after it, while its budget and the
///    result's hold; it stops at what another passage has, so that nothing is sent twice.
/// A passage's own text and offsets stay as they are: citations hold.
/// </remarks>
internal static class PassageExpansion
{
    // As the chunker bounds a run, and against rows that something else wrote.
    private const int LongestRun = 32;

    public static async Task<List<Passage>> ExpandAsync(
        TenantWork work, IReadOnlyList<Passage> passages, ContextBudget budget, CancellationToken cancellation)
    {
        if (passages.Count == 0)
        {
            return [];
        }

        var found = await work.QueryAsync(
            """
            select n.id, n.document_id, n.ordinal, n.section, n.page, n.start_offset, n.end_offset, n.text, n.original_text
            from (
                select distinct document_id, version, parent from chunks
                where tenant_id = $1 and id = any($2) and parent is not null) c
                join chunks n on n.tenant_id = $1 and n.document_id = c.document_id and n.version = c.version and n.parent = c.parent
                    and n.ordinal >= c.parent and n.ordinal < c.parent + $3
            where n.enabled
            """,
            row => (
                Document: row.GetGuid(1), Ordinal: row.GetInt32(2),
                Chunk: new Neighbour(
                    ChunkId.From(row.GetGuid(0)), 0, row.IsDBNull(3) ? null : row.GetString(3), row.GetInt32(4), row.GetInt32(5), row.GetInt32(6),
                    row.GetString(7), row.IsDBNull(8) ? null : row.GetString(8))),
            cancellation, work.Tenant, SqlParameter.Ids(passages.Select(passage => passage.ChunkId)), LongestRun);
        return Expand(passages, found.ToDictionary(row => (row.Document, row.Ordinal), row => row.Chunk), budget);
    }

    /// <param name="passages">Best first.</param>
    /// <param name="chunks">Their runs, by document and ordinal.</param>
    internal static List<Passage> Expand(
        IReadOnlyList<Passage> passages, IReadOnlyDictionary<(Guid Document, int Ordinal), Neighbour> chunks, ContextBudget budget)
    {
        var places = chunks.ToDictionary(entry => entry.Value.ChunkId, entry => entry.Key);
        HashSet<ChunkId> taken = [.. passages.Select(passage => passage.ChunkId)];
        int left = budget.TotalTokens - passages.Sum(passage => TokenEstimate.Of(passage.Text));
        List<Passage> expanded = [];
        foreach (var passage in passages)
        {
            if (!places.TryGetValue(passage.ChunkId, out var place))
            {
                expanded.Add(passage);
                continue;
            }

            int room = Math.Min(left, budget.PassageTokens - TokenEstimate.Of(passage.Text));
            int before = room;
            List<Neighbour> neighbours = [];
            for (int step = 1, open = 2; open > 0 && step < LongestRun; step++)
            {
                open = 0;
                foreach (int offset in (int[])[step, -step])
                {
                    // Only what directly follows on what is there: a gap would join what doesn't belong together.
                    bool follows = step == 1 || neighbours.Exists(one => one.Offset == offset - Math.Sign(offset));
                    if (follows && chunks.TryGetValue((place.Document, place.Ordinal + offset), out var chunk)
                        && !taken.Contains(chunk.ChunkId) && TokenEstimate.Of(chunk.Text) is var cost && cost <= room)
                    {
                        taken.Add(chunk.ChunkId);
                        neighbours.Add(chunk with { Offset = offset });
                        room -= cost;
                        open++;
                    }
                }
            }

            left -= before - room;
            expanded.Add(passage with { Neighbours = [.. neighbours.OrderBy(neighbour => neighbour.Offset)] });
        }

        return expanded;
    }
}
