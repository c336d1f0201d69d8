using AiSaas.Contracts.Quality;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Quality;

public abstract record SettingsOutcome
{
    private SettingsOutcome()
    {
    }

    public sealed record Done(SettingsInfo Settings, string? Notice = null, GateInfo? Gate = null) : SettingsOutcome;

    public sealed record NotFound : SettingsOutcome;

    /// <summary>Somebody else changed them meanwhile.</summary>
    public sealed record Stale(int Version) : SettingsOutcome;

    public sealed record NoDraft : SettingsOutcome;

    /// <summary>The gate says no, or has nothing to go by.</summary>
    public sealed record Blocked(GateInfo Gate) : SettingsOutcome;
}

/// <summary>Retrieval settings of a scope: a draft is tried, evaluated, and applied when the gate lets it pass.</summary>
public sealed class SettingsDesk
{
    private const int PageSize = 50;

    private readonly TenantDatabase _database;
    private readonly SettingsGate _gate;
    private readonly AppliedSettings _applied;

    internal SettingsDesk(TenantDatabase database, SettingsGate gate, AppliedSettings applied) => (_database, _gate, _applied) = (database, gate, applied);

    /// <returns>Null where the collection doesn't exist.</returns>
    public async Task<SettingsInfo?> ReadAsync(TenantId tenant, QualityScopeId scope, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(tenant, cancellation);
        return await scope.ExistsAsync(work, cancellation) ? await InfoAsync(work, scope, cancellation) : null;
    }

    /// <param name="draft">Null throws the draft away.</param>
    public async Task<SettingsOutcome> DraftAsync(
        TenantId tenant, QualityScopeId scope, RetrievalSettings? draft, int version, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(tenant, cancellation);
        if (!await scope.ExistsAsync(work, cancellation))
        {
            return new SettingsOutcome.NotFound();
        }

        var json = SqlParameter.Json(draft is null ? null : SettingsRules.Json(draft));
        // The first writer makes the row; a second one at the same moment finds it, and is stale.
        int written = version == 0
            ? await work.ExecuteAsync(
                "insert into retrieval_settings (tenant_id, collection_id, draft) values ($1, $2, $3) on conflict do nothing",
                cancellation, tenant, scope.Parameter, json)
            : await work.ExecuteAsync(
                """
                update retrieval_settings set draft = $3, version = version + 1, updated_at = now()
                where tenant_id = $1 and collection_id is not distinct from $2 and version = $4
                """,
                cancellation, tenant, scope.Parameter, json, version);
        if (written == 0)
        {
            return new SettingsOutcome.Stale((await SettingsRow.ReadAsync(work, scope, cancellation)).Version);
        }

        var info = await InfoAsync(work, scope, cancellation);
        await work.CommitAsync(cancellation);
        return new SettingsOutcome.Done(info);
    }

    /// <summary>Makes the draft what searches use.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="scope">A collection or the whole.</param>
    /// <param name="user">Who applies it.</param>
    /// <param name="version">As it was read.</param>
    /// <param name="force">Whatever the gate says; that is recorded.</param>
    /// <param name="note">Why.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<SettingsOutcome> ApplyAsync(
        TenantId tenant, QualityScopeId scope, UserId user, int version, bool force, string? note, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(tenant, cancellation);
        if (!await scope.ExistsAsync(work, cancellation))
        {
            return new SettingsOutcome.NotFound();
        }

        var row = await SettingsRow.ReadAsync(work, scope, cancellation, hold: true);
        if (row.Version != version)
        {
            return new SettingsOutcome.Stale(row.Version);
        }

        if (row.Draft is not { } draft)
        {
            return new SettingsOutcome.NoDraft();
        }

        var gate = await _gate.JudgeAsync(work, scope, row, cancellation);
        bool blocked = gate.Verdict is Gate.Refused or Gate.Unevaluated;
        if (blocked && !force)
        {
            return new SettingsOutcome.Blocked(gate);
        }

        await work.ExecuteAsync(
            """
            with change as (
                insert into retrieval_settings_changes (id, tenant_id, collection_id, settings, previous, run_id, forced, note, applied_by)
                select $3, $1, $2, s.draft, s.applied, $4, $5, $6, $7 from retrieval_settings s
                where s.tenant_id = $1 and s.collection_id is not distinct from $2)
            update retrieval_settings set applied = draft, draft = null, version = version + 1, applied_at = now(), applied_by = $7, updated_at = now()
            where tenant_id = $1 and collection_id is not distinct from $2
            """,
            cancellation, tenant, scope.Parameter, Guid.CreateVersion7(), SqlParameter.Typed(NpgsqlDbType.Uuid, gate.Run), blocked,
            SqlParameter.Typed(NpgsqlDbType.Text, note), user);
        var info = await InfoAsync(work, scope, cancellation);
        await work.CommitAsync(cancellation);
        _applied.Forget(tenant);
        string? notice = blocked ? "Applied past the gate; that is recorded." : gate.Verdict == Gate.Unguarded ? gate.Words : null;
        return new SettingsOutcome.Done(info, notice, gate);
    }

    /// <summary>Newest first, the last 50.</summary>
    public async Task<IReadOnlyList<SettingsChange>?> HistoryAsync(TenantId tenant, QualityScopeId scope, CancellationToken cancellation)
    {
        await using var work = await _database.BeginAsync(tenant, cancellation);
        return await scope.ExistsAsync(work, cancellation)
            ? await work.QueryAsync(
                """
                select c.id, c.settings, c.previous, c.run_id, c.forced, c.note,
                    (select coalesce(nullif(u.name, ''), u.email) from users u where u.id = c.applied_by), c.applied_at
                from retrieval_settings_changes c where c.tenant_id = $1 and c.collection_id is not distinct from $2 order by c.id desc limit $3
                """,
                row => new SettingsChange(
                    row.GetGuid(0), SettingsRules.Read(row.GetString(1)), SettingsRules.Read(row.GetString(2)), row.IsDBNull(3) ? null : row.GetGuid(3),
                    row.GetBoolean(4), row.IsDBNull(5) ? null : row.GetString(5), row.IsDBNull(6) ? null : row.GetString(6),
                    row.GetFieldValue<DateTimeOffset>(7)),
                cancellation, tenant, scope.Parameter, PageSize)
            : null;
    }

    private async Task<SettingsInfo> InfoAsync(TenantWork work, QualityScopeId scope, CancellationToken cancellation)
    {
        var row = await SettingsRow.ReadAsync(work, scope, cancellation);
        return new(
            scope.Collection?.Value, row.Version, row.Applied, row.EffectiveApplied, row.Draft,
            row.Draft is null ? null : await _gate.JudgeAsync(work, scope, row, cancellation), row.AppliedAt, row.UpdatedAt);
    }
}
