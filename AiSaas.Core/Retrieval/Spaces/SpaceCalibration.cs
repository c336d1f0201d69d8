using AiSaas.Contracts.Retrieval;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Retrieval.Spaces;

/// <summary>Measures a space on the workspace's own passages: how alike are texts that have nothing to do with each other?</summary>
public static class SpaceCalibration
{
    /// <summary>Fewer say nothing.</summary>
    public const int FewestPassages = 20;

    // 300 passages make 45,000 pairs: half a second at 1,024 dimensions.
    private const int Sample = 300;

    /// <returns>The median cosine of pairs from different documents (of the same one, where there is no other), and the cosine that
    /// only one pair in a hundred exceeds. Null where there are too few passages.</returns>
    public static async Task<SpaceMeasure?> MeasureAsync(TenantWork work, string space, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        var found = await work.QueryAsync(
            """
            with sample as materialized (
                select v.embedding, v.document_id, row_number() over () number
                from (select embedding, document_id from vector_passages where tenant_id = $1 and space = $2 order by md5(chunk_id::text) limit $3) v),
            several as (select count(distinct document_id) > 1 yes from sample),
            pairs as (
                select 1 - (a.embedding <=> b.embedding) cosine
                from sample a join sample b on a.number < b.number cross join several
                where not several.yes or a.document_id <> b.document_id)
            select (select count(*) from sample), percentile_cont(0.5) within group (order by cosine), percentile_cont(0.99) within group (order by cosine)
            from pairs
            """,
            row => (Passages: row.GetInt64(0), Median: row.IsDBNull(1) ? 0 : row.GetDouble(1), Top: row.IsDBNull(2) ? 0 : row.GetDouble(2)),
            cancellation, work.Tenant, space, Sample);
        return found is [{ Passages: >= FewestPassages } measured] && double.IsFinite(measured.Median) && double.IsFinite(measured.Top)
            ? new((int)measured.Passages, measured.Median, measured.Top)
            : null;
    }
}
