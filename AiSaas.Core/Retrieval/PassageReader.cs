using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Retrieval;

/// <summary>Reads the texts of ranked candidates, as the tenant: what the index should wrongly hold of somebody else's, or of a version that
/// is gone, ends here.</summary>
internal static class PassageReader
{
    public static async Task<IEnumerable<Passage>> ReadAsync(
        TenantDatabase database, TenantId tenant, IReadOnlyList<RankedCandidate> best, CancellationToken cancellation)
    {
        if (best.Count == 0)
        {
            return [];
        }

        var ranks = best.Index().ToDictionary(one => one.Item.Candidate.Id, one => (one.Item, Rank: one.Index + 1));
        List<Passage> passages = new(best.Count);
        await using var read = await database.ReadAsync(tenant, cancellation);
        read.Add(
            // Chunks first, by their ids: a plan for any tenant would begin with the documents, all of them, since a tenant has few on average.
            """
            with found as materialized (
                select tenant_id, id, document_id, version, collection_id, section, page, start_offset, end_offset, text, original_text
                from chunks where tenant_id = $1 and id = any($2) and enabled)
            select c.id, c.document_id, c.collection_id, d.name, c.section, c.page, c.start_offset, c.end_offset, c.text, c.original_text
            from found c join documents d on d.tenant_id = c.tenant_id and d.id = c.document_id and d.version = c.version
            """,
            tenant, SqlParameter.Ids(ranks.Keys));
        await using var reader = await read.ExecuteAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            var (ranked, rank) = ranks[ChunkId.From(reader.GetGuid(0))];
            passages.Add(Passage(reader, ranked, rank));
        }

        return passages.OrderByDescending(passage => passage.Score).ThenBy(passage => passage.ChunkId.Value);
    }

    private static Passage Passage(NpgsqlDataReader reader, RankedCandidate ranked, int rank)
    {
        var candidate = ranked.Candidate;
        return new Passage(
            candidate.Id, DocumentId.From(reader.GetGuid(1)), CollectionId.From(reader.GetGuid(2)), reader.GetString(3),
            reader.IsDBNull(4) ? null : reader.GetString(4), reader.GetInt32(5), reader.GetInt32(6), reader.GetInt32(7),
            reader.GetString(8), ranked.Score, candidate.Lexical > 0 ? candidate.Lexical : null, candidate.Cosine)
        {
            Coverage = candidate.Coverage,
            Proximity = candidate.Proximity,
            Relevance = Relevance.Of(candidate, ranked.Space),
            FusedRank = rank,
            Original = reader.IsDBNull(9) ? null : reader.GetString(9),
        };
    }
}
