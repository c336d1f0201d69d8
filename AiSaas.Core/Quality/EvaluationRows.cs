using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Quality;

/// <summary>A run at work: its settings, and what it has already.</summary>
public sealed record RunAtWork(EvaluationId Id, RetrievalSettings Settings, IReadOnlySet<GoldenQuestionId> Done);

/// <summary>What a worker needs to evaluate.</summary>
/// <param name="Runs">The draft's and its baseline's, or one.</param>
/// <param name="Collection">Null: the whole workspace is searched.</param>
/// <param name="Model">Null: nobody answers.</param>
public sealed record EvaluationTask(
    IReadOnlyList<RunAtWork> Runs, CollectionId? Collection, string? Model, UserId? User, IReadOnlyList<PlacedQuestion> Questions);

/// <summary>The rows of an evaluation under way, written inside the job's fence.</summary>
public static class EvaluationRows
{
    internal const string Columns = """
        r.id, r.collection_id, r.job_id, r.status, r.purpose, r.settings, r.baseline_id, r.model, r.questions, r.skipped, r.figures,
        r.error_code, r.error_detail, r.created_at, r.finished_at
        """;

    /// <summary>Which golden questions a scope has, and in which versions.</summary>
    internal static async Task<string> FingerprintAsync(TenantWork work, QualityScopeId scope, CancellationToken cancellation) =>
        await work.ScalarAsync<string>(
            """
            select md5(coalesce(string_agg(q.id::text || q.version, ',' order by q.id), '')) from golden_questions q
            where q.tenant_id = $1 and ($2::uuid is null or q.collection_id = $2)
            """,
            cancellation, work.Tenant, scope.Parameter) ?? "";

    /// <summary>Begins, or goes on after another worker.</summary>
    /// <returns>Null when the runs are gone or over.</returns>
    public static async Task<EvaluationTask?> BeginAsync(TenantWork work, EvaluationJob job, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(job);
        EvaluationId[] ids = [.. new EvaluationId?[] { job.Baseline, job.Run }.OfType<EvaluationId>()];
        var runs = await work.QueryAsync(
            """
            update evaluation_runs set status = 'running' where tenant_id = $1 and id = any($2) and finished_at is null
            returning id, collection_id, settings, model, created_by
            """,
            row => (
                Id: EvaluationId.From(row.GetGuid(0)), Collection: row.IsDBNull(1) ? (CollectionId?)null : CollectionId.From(row.GetGuid(1)),
                Settings: SettingsRules.Read(row.GetString(2)), Model: row.IsDBNull(3) ? null : row.GetString(3),
                User: row.IsDBNull(4) ? (UserId?)null : UserId.From(row.GetGuid(4))),
            cancellation, work.Tenant, SqlParameter.Ids(ids));
        if (runs.Count < ids.Length)
        {
            return null;
        }

        QualityScopeId scope = new(runs[0].Collection);
        var questions = await GoldenRows.ReadAsync(
            work, "and ($2::uuid is null or q.collection_id = $2) order by q.id limit $3", cancellation, scope.Parameter, GoldenRules.MostQuestions);
        var placed = await ExpectationPlaces.FindAsync(work, questions, cancellation);
        // What the questions were when another worker began may be over.
        await work.ExecuteAsync(
            """
            delete from evaluation_results r where r.tenant_id = $1 and r.run_id = any($2) and not exists (
                select from golden_questions q where q.tenant_id = $1 and q.id = r.question_id and q.version = r.question_version)
            """,
            cancellation, work.Tenant, SqlParameter.Ids(ids));
        await work.ExecuteAsync(
            "update evaluation_runs set fingerprint = $3, questions = $4 where tenant_id = $1 and id = any($2)",
            cancellation, work.Tenant, SqlParameter.Ids(ids), await FingerprintAsync(work, scope, cancellation), questions.Count);
        var done = (await work.QueryAsync(
            "select run_id, question_id from evaluation_results where tenant_id = $1 and run_id = any($2)",
            row => (Run: EvaluationId.From(row.GetGuid(0)), Question: GoldenQuestionId.From(row.GetGuid(1))), cancellation,
            work.Tenant, SqlParameter.Ids(ids))).ToLookup(row => row.Run, row => row.Question);
        return new(
            [.. runs.OrderBy(run => run.Id == job.Run).Select(run => new RunAtWork(run.Id, run.Settings, done[run.Id].ToHashSet()))],
            scope.Collection, runs[0].Model, runs[0].User, placed);
    }

    /// <summary>Keeps some questions' scores; repeating it changes nothing.</summary>
    public static async Task WriteAsync(TenantWork work, IEnumerable<(EvaluationId Run, ScoredQuestion Scored)> scores, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        ArgumentNullException.ThrowIfNull(scores);
        foreach (var (run, one) in scores)
        {
            await work.ExecuteAsync(
                """
                insert into evaluation_results (tenant_id, run_id, question_id, question_version, question, skipped, expected, found, first_rank,
                    ndcg, recall, recall_at_limit, reciprocal_rank, citations, verified, cites_expected, latency_ms)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) on conflict do nothing
                """,
                cancellation, work.Tenant, run, one.Id, one.Version, one.Question, SqlParameter.Typed(NpgsqlDbType.Text, one.Skipped), one.Expected,
                one.Figures.Found, SqlParameter.Typed(NpgsqlDbType.Integer, one.Figures.FirstRank), one.Figures.Ndcg, one.Figures.Recall,
                one.Figures.RecallAtLimit, one.Figures.ReciprocalRank, SqlParameter.Typed(NpgsqlDbType.Integer, one.Citations),
                SqlParameter.Typed(NpgsqlDbType.Integer, one.Verified), SqlParameter.Typed(NpgsqlDbType.Boolean, one.CitesExpected), one.LatencyMs);
        }
    }

    /// <summary>Adds up a run's scores and ends it.</summary>
    public static async Task FinishAsync(TenantWork work, EvaluationId run, int limit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(work);
        var scores = await ReadScoresAsync(work, run, cancellation);
        string? figures = RunFigures.Of(scores, limit) is { } known ? JsonSerializer.Serialize(known, ContractsJson.Default.EvaluationFigures) : null;
        await work.ExecuteAsync(
            """
            update evaluation_runs set status = 'succeeded', figures = $3, skipped = $4, finished_at = now()
            where tenant_id = $1 and id = $2 and finished_at is null
            """,
            cancellation, work.Tenant, run, SqlParameter.Json(figures), scores.Count(one => one.Skipped is not null));
    }

    internal static Task<List<ScoredQuestion>> ReadScoresAsync(TenantWork work, EvaluationId run, CancellationToken cancellation) => work.QueryAsync(
        """
        select question_id, question_version, question, skipped, expected, found, first_rank, ndcg, recall, recall_at_limit, reciprocal_rank,
            citations, verified, cites_expected, latency_ms
        from evaluation_results where tenant_id = $1 and run_id = $2 order by question_id limit $3
        """,
        row => new ScoredQuestion(
            GoldenQuestionId.From(row.GetGuid(0)), row.GetInt32(1), row.GetString(2), Text(row, 3), row.GetInt32(4),
            new QuestionFigures(row.GetDouble(7), row.GetDouble(8), row.GetDouble(9), row.GetDouble(10), Number(row, 6), row.GetInt32(5)),
            Number(row, 11), Number(row, 12), row.IsDBNull(13) ? null : row.GetBoolean(13), row.GetDouble(14)),
        cancellation, work.Tenant, run, GoldenRules.MostQuestions);

    internal static EvaluationRun Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.IsDBNull(1) ? null : row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetString(4),
        SettingsRules.Read(row.GetString(5)), row.IsDBNull(6) ? null : row.GetGuid(6), Text(row, 7), row.GetInt32(8), row.GetInt32(9),
        row.IsDBNull(10) ? null : JsonSerializer.Deserialize(row.GetString(10), ContractsJson.Default.EvaluationFigures),
        row.IsDBNull(11) ? null : new Failure(row.GetString(11), Text(row, 12) ?? ""),
        row.GetFieldValue<DateTimeOffset>(13), row.IsDBNull(14) ? null : row.GetFieldValue<DateTimeOffset>(14));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static int? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
}
