using AiSaas.Contracts.Quality;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Quality;

/// <summary>Where the quality of a workspace's collections stands, and how it got there.</summary>
public sealed class QualityBoard(TenantDatabase database)
{
    /// <summary>The newest collections; a workspace with more looks them up one by one.</summary>
    private const int MostCollections = 200;
    private const int MostPoints = 30;

    public async Task<QualityOverview> ReadAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var scopes = await work.QueryAsync(
            """
            select s.id, s.name, s.questions, s.documents, exists (
                select from retrieval_settings r where r.tenant_id = $1 and r.collection_id is not distinct from s.id and r.draft is not null)
            from (
                select null::uuid id, (select name from tenants where id = $1) as name,
                    (select count(*)::int from golden_questions q where q.tenant_id = $1) questions,
                    (select count(*)::int from documents d where d.tenant_id = $1) documents
                union all
                (select c.id, c.name,
                    (select count(*)::int from golden_questions q where q.tenant_id = $1 and q.collection_id = c.id),
                    (select count(*)::int from documents d where d.tenant_id = $1 and d.collection_id = c.id)
                from collections c where c.tenant_id = $1 order by c.id desc limit $2)) s
            order by s.id is not null, s.questions = 0, lower(s.name)
            """,
            row => new QualityScope(row.IsDBNull(0) ? null : row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), null, [], row.GetBoolean(4)),
            cancellation, tenant, MostCollections);
        var runs = (await work.QueryAsync(
            $"""
            select {EvaluationRows.Columns} from (
                select e.*, row_number() over (partition by e.collection_id order by e.id desc) place from evaluation_runs e
                where e.tenant_id = $1 and e.status = 'succeeded' and e.figures is not null and e.purpose in ('applied', 'baseline')) r
            where r.place <= $2 order by r.id
            """,
            EvaluationRows.Read, cancellation, tenant, MostPoints)).ToLookup(run => run.CollectionId);
        return new([.. scopes.Select(scope => scope with
        {
            Latest = runs[scope.CollectionId].LastOrDefault(),
            History = [.. runs[scope.CollectionId].Select(run => new QualityPoint(
                run.FinishedAt ?? run.CreatedAt, run.Figures!.Ndcg, run.Figures.Recall, run.Figures.CitationAccuracy))],
        })]);
    }
}
