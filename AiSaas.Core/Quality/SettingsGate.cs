using AiSaas.Contracts.Quality;
using AiSaas.Core.Persistence;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Quality;

/// <summary>Finds the evaluation that a draft is judged by: of exactly these settings beside the applied ones, over the golden questions
/// as they are now, and not too long ago.</summary>
internal sealed class SettingsGate(IOptions<QualityOptions> options)
{
    public async Task<GateInfo> JudgeAsync(TenantWork work, QualityScopeId scope, SettingsRow row, CancellationToken cancellation)
    {
        double tolerance = options.Value.Tolerance;
        if (row.EffectiveDraft == row.EffectiveApplied)
        {
            return new(Gate.Pass, "The draft changes nothing.", null, tolerance, []);
        }

        if (!await work.ScalarAsync<bool>(
            "select true from golden_questions where tenant_id = $1 and ($2::uuid is null or collection_id = $2) limit 1",
            cancellation, work.Tenant, scope.Parameter))
        {
            return new(Gate.Unguarded, "There are no golden questions, so nothing guards these settings. Add some to know what a change does.", null, tolerance, []);
        }

        var runs = await work.QueryAsync(
            """
            select r.id, b.id from evaluation_runs r join evaluation_runs b on b.tenant_id = r.tenant_id and b.id = r.baseline_id
            where r.tenant_id = $1 and r.collection_id is not distinct from $2 and r.purpose = 'draft'
                and r.status = 'succeeded' and b.status = 'succeeded' and r.settings = $3 and b.settings = $4 and r.fingerprint = $5
                and r.finished_at > now() - $6::interval
            order by r.id desc limit 1
            """,
            found => (Run: EvaluationId.From(found.GetGuid(0)), Baseline: EvaluationId.From(found.GetGuid(1))), cancellation,
            work.Tenant, scope.Parameter, SqlParameter.Json(SettingsRules.Json(row.EffectiveDraft!)),
            SqlParameter.Json(SettingsRules.Json(row.EffectiveApplied)), await EvaluationRows.FingerprintAsync(work, scope, cancellation),
            options.Value.EvaluationValidFor);
        return runs is [var (run, baseline)]
            ? Gate.Judge(
                run, await EvaluationRows.ReadScoresAsync(work, baseline, cancellation), await EvaluationRows.ReadScoresAsync(work, run, cancellation), tolerance)
            : new(Gate.Unevaluated, "Evaluate the draft first: there is no evaluation of it over the golden questions as they are now.", null, tolerance, []);
    }
}
