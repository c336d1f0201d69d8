using AiSaas.Contracts.Common;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Quality;

public abstract record EvaluationOutcome
{
    private EvaluationOutcome()
    {
    }

    public sealed record Started(EvaluationRun Run) : EvaluationOutcome;

    public sealed record NotFound : EvaluationOutcome;

    public sealed record NoQuestions : EvaluationOutcome;

    public sealed record NoDraft : EvaluationOutcome;

    public sealed record UnknownModel(IReadOnlyList<string> Known) : EvaluationOutcome;

    /// <summary>One is under way for this scope.</summary>
    public sealed record Busy : EvaluationOutcome;
}

/// <summary>Starts runs over golden questions, and reads and compares them.</summary>
public sealed class Evaluations(TenantDatabase database, JobQueue jobs, JobLanes lanes, ModelCatalog models)
{
    /// <summary>Of a scope; older ones make room.</summary>
    public const int MostRuns = 200;

    private const int PageSize = 50;

    /// <param name="tenant">Whose.</param>
    /// <param name="user">Who starts it, and for whom models are called.</param>
    /// <param name="scope">A collection or the whole.</param>
    /// <param name="draft">The draft with the applied settings beside it; else the applied ones alone.</param>
    /// <param name="model">Null for nobody.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<EvaluationOutcome> StartAsync(
        TenantId tenant, UserId user, QualityScopeId scope, bool draft, string? model, CancellationToken cancellation)
    {
        if (model is not null && !models.Names.Contains(model))
        {
            return new EvaluationOutcome.UnknownModel([.. models.Names]);
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await scope.ExistsAsync(work, cancellation))
        {
            return new EvaluationOutcome.NotFound();
        }

        if (!await work.ScalarAsync<bool>(
            "select true from golden_questions where tenant_id = $1 and ($2::uuid is null or collection_id = $2) limit 1",
            cancellation, tenant, scope.Parameter))
        {
            return new EvaluationOutcome.NoQuestions();
        }

        var settings = await SettingsRow.ReadAsync(work, scope, cancellation);
        if (draft && settings.Draft is null)
        {
            return new EvaluationOutcome.NoDraft();
        }

        await TrimAsync(work, scope, cancellation);
        var (run, baseline) = (EvaluationId.New(), draft ? EvaluationId.New() : (EvaluationId?)null);
        var job = NewJob.Of(JobKind.Evaluation, new EvaluationJob(run, baseline), EvaluationJobJson.Default.EvaluationJob) with
        {
            Lane = model is null ? null : lanes.Of(model),
            MaxAttempts = 3,
        };
        try
        {
            if (baseline is { } applied)
            {
                await InsertAsync(work, applied, scope, job.Id, "baseline", settings.EffectiveApplied, null, model, user, cancellation);
            }

            var made = await InsertAsync(
                work, run, scope, job.Id, draft ? "draft" : "applied", draft ? settings.EffectiveDraft! : settings.EffectiveApplied, baseline, model, user,
                cancellation);
            await jobs.EnqueueAsync(work, job, cancellation);
            await work.CommitAsync(cancellation);
            return new EvaluationOutcome.Started(made);
        }
        catch (PostgresException twice) when (twice.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return new EvaluationOutcome.Busy();
        }
    }

    /// <summary>Newest first. Baselines show with their drafts.</summary>
    public async Task<Page<EvaluationRun>?> ListAsync(TenantId tenant, QualityScopeId scope, EvaluationId? after, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await scope.ExistsAsync(work, cancellation))
        {
            return null;
        }

        var found = await work.QueryAsync(
            $"""
            select {EvaluationRows.Columns} from evaluation_runs r
            where r.tenant_id = $1 and r.collection_id is not distinct from $2 and r.purpose <> 'baseline' and ($3::uuid is null or r.id < $3)
            order by r.id desc limit $4
            """,
            EvaluationRows.Read, cancellation, tenant, scope.Parameter, SqlParameter.Typed(NpgsqlDbType.Uuid, after?.Value), PageSize + 1);
        return found.Count > PageSize ? new(found[..PageSize], Id.Text(found[PageSize - 1].Id)) : new(found);
    }

    /// <param name="against">What to compare it with; null for its baseline, or the run of the same purpose before it.</param>
    /// <returns>Null where either doesn't exist.</returns>
    public async Task<EvaluationReport?> ReportAsync(TenantId tenant, EvaluationId id, EvaluationId? against, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await FindAsync(work, id.Value, cancellation) is not { } run)
        {
            return null;
        }

        var other = against is { } asked ? await FindAsync(work, asked.Value, cancellation)
            : run.BaselineId is { } baseline ? await FindAsync(work, baseline, cancellation)
            : await BeforeAsync(work, run, cancellation);
        if (against is not null && other is null)
        {
            return null;
        }

        var scores = await EvaluationRows.ReadScoresAsync(work, id, cancellation);
        var others = other is null ? [] : await EvaluationRows.ReadScoresAsync(work, EvaluationId.From(other.Id), cancellation);
        return RunComparison.Report(run, other, scores, others);
    }

    public async Task<bool?> DeleteAsync(TenantId tenant, EvaluationId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await FindAsync(work, id.Value, cancellation) is not { } run)
        {
            return null;
        }

        if (run.FinishedAt is null)
        {
            return false;
        }

        await work.ExecuteAsync(
            "delete from evaluation_runs where tenant_id = $1 and (id = $2 or (id = $3 and purpose = 'baseline'))",
            cancellation, tenant, id, SqlParameter.Typed(NpgsqlDbType.Uuid, run.BaselineId));
        await work.CommitAsync(cancellation);
        return true;
    }

    private static async Task<EvaluationRun?> FindAsync(TenantWork work, Guid id, CancellationToken cancellation) =>
        await work.QueryAsync(
            $"select {EvaluationRows.Columns} from evaluation_runs r where r.tenant_id = $1 and r.id = $2",
            EvaluationRows.Read, cancellation, work.Tenant, id) is [var found] ? found : null;

    private static async Task<EvaluationRun?> BeforeAsync(TenantWork work, EvaluationRun run, CancellationToken cancellation) =>
        await work.QueryAsync(
            $"""
            select {EvaluationRows.Columns} from evaluation_runs r
            where r.tenant_id = $1 and r.collection_id is not distinct from $2 and r.id < $3 and r.status = 'succeeded' and r.purpose in ('applied', 'baseline')
            order by r.id desc limit 1
            """,
            EvaluationRows.Read, cancellation, work.Tenant, SqlParameter.Typed(NpgsqlDbType.Uuid, run.CollectionId), run.Id) is [var found] ? found : null;

    private static async Task<EvaluationRun> InsertAsync(
        TenantWork work, EvaluationId id, QualityScopeId scope, JobId job, string purpose, RetrievalSettings settings, EvaluationId? baseline,
        string? model, UserId user, CancellationToken cancellation) => (await work.QueryAsync(
            $"""
            insert into evaluation_runs as r (id, tenant_id, collection_id, job_id, purpose, settings, baseline_id, model, created_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning {EvaluationRows.Columns}
            """,
            EvaluationRows.Read, cancellation, id, work.Tenant, scope.Parameter, job, purpose, SqlParameter.Json(SettingsRules.Json(settings)),
            SqlParameter.Typed(NpgsqlDbType.Uuid, baseline?.Value), SqlParameter.Typed(NpgsqlDbType.Text, model), user))[0];

    private static Task<int> TrimAsync(TenantWork work, QualityScopeId scope, CancellationToken cancellation) => work.ExecuteAsync(
        """
        delete from evaluation_runs where tenant_id = $1 and finished_at is not null and id in (
            select r.id from evaluation_runs r where r.tenant_id = $1 and r.collection_id is not distinct from $2 order by r.id desc offset $3)
        """,
        cancellation, work.Tenant, scope.Parameter, MostRuns - 2);
}
