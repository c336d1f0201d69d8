using AiSaas.Contracts.Quality;
using AiSaas.Core.Persistence;

namespace AiSaas.Core.Quality;

/// <summary>A scope's settings as they are stored, with the workspace's beneath. A scope without a row has version 0 and leaves all open.</summary>
internal sealed record SettingsRow(
    int Version, RetrievalSettings Applied, RetrievalSettings? Draft, RetrievalSettings Beneath, DateTimeOffset? AppliedAt, DateTimeOffset UpdatedAt)
{
    public RetrievalSettings EffectiveApplied => Applied.Over(Beneath);

    public RetrievalSettings? EffectiveDraft => Draft?.Over(Beneath);

    /// <summary>Locks the scope's row, where there is one, until the transaction ends if <paramref name="hold"/>.</summary>
    public static async Task<SettingsRow> ReadAsync(TenantWork work, QualityScopeId scope, CancellationToken cancellation, bool hold = false)
    {
        var rows = await work.QueryAsync(
            $"""
            select version, applied, draft, applied_at, updated_at from retrieval_settings
            where tenant_id = $1 and collection_id is not distinct from $2 {(hold ? "for update" : "")}
            """,
            row => new SettingsRow(
                row.GetInt32(0), SettingsRules.Read(row.GetString(1)), row.IsDBNull(2) ? null : SettingsRules.Read(row.GetString(2)), SettingsRules.None,
                row.IsDBNull(3) ? null : row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4)),
            cancellation, work.Tenant, scope.Parameter);
        var own = rows is [var found] ? found : new(0, SettingsRules.None, null, SettingsRules.None, null, default);
        return scope.Collection is null
            ? own
            : own with { Beneath = await AppliedSettings.ReadAsync(work, QualityScopeId.Whole, cancellation) };
    }
}
