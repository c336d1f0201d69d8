using AiSaas.Contracts.Retrieval;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Local;
using AiSaas.Llm.Models;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Retrieval.Spaces;

/// <summary>What a workspace's admins see and command of its embedding spaces.</summary>
public sealed class SpaceDesk(
    TenantDatabase database, JobQueue jobs, JobControl control, EmbeddingCatalog catalog, EmbeddingSpaces spaces, TenantSpaces tenants)
{
    /// <summary>One at a time: a second command joins the first, or takes its place.</summary>
    public const string DedupeKey = "embedding-space";

    private const int PartAttempts = 20;

    public async Task<EmbeddingSpacesInfo> ShowAsync(TenantId tenant, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var state = await SpaceRows.ReadAsync(work, locked: false, cancellation) ?? new(null, null, null, null, null, null, null, null);
        long passages = await work.ScalarAsync<long>("select coalesce(sum(passages), 0)::bigint from lexicons where tenant_id = $1", cancellation, tenant);
        List<EmbeddingSpaceInfo> shown = [];
        foreach (string id in new[] { state.Space, state.Next, state.Previous }.OfType<string>().Distinct())
        {
            if (await spaces.FindAsync(id, cancellation) is { } space)
            {
                shown.Add(await ShowAsync(work, space, cancellation));
            }
        }

        var moving = state.Job is { } job ? await control.FindAsync(tenant, job, cancellation) : null;
        string model = tenants.ModelOf(state.Chosen);
        return new(
            model, state.Chosen is not null, state.Space, state.Next, state.Previous, state.KeepUntil, state.SwitchedAt, passages, shown,
            [.. catalog.Names.Select(Show)], moving is { Status: "queued" or "running" } ? moving : null, state.Notice);
    }

    /// <summary>Starts the move of a workspace's passages, in the background; a move elsewhere that is under way ends.</summary>
    /// <returns>Null if there is no such model.</returns>
    public async Task<JobId?> SwitchAsync(TenantId tenant, UserId? user, string? model, CancellationToken cancellation)
    {
        string? name = model is null ? catalog.DefaultModel : catalog.Names.FirstOrDefault(known => known.Equals(model, StringComparison.OrdinalIgnoreCase));
        if (name is null)
        {
            return null;
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        await work.ExecuteAsync(
            """
            insert into tenant_spaces (tenant_id, chosen) values ($1, $2)
            on conflict (tenant_id) do update set chosen = $2, not_before = null, notice = null
            """,
            cancellation, tenant, SqlParameter.Typed(NpgsqlDbType.Text, model is null ? null : name));
        var state = await SpaceRows.ReadAsync(work, locked: true, cancellation);
        if (state?.Job is { } old)
        {
            await jobs.CancelAsync(work, old, SettleSwitch.Superseded, cancellation);
        }

        var job = Job(name, commanded: true, user);
        await work.ExecuteAsync("update tenant_spaces set job_id = $2 where tenant_id = $1", cancellation, tenant, job.Id);
        var id = await jobs.EnqueueAsync(work, job, cancellation);
        await work.CommitAsync(cancellation);
        tenants.Forget(tenant);
        return id;
    }

    /// <summary>For the worker that notices.</summary>
    public Task<JobId> NoticeAsync(TenantId tenant, string model, CancellationToken cancellation) =>
        jobs.SubmitAsync(tenant, Job(model, commanded: false, user: null) with { DedupeKey = DedupeKey, Priority = JobPriority.Low }, cancellation);

    /// <summary>Ends the move under way: the workspace stays with the model that it has.</summary>
    /// <returns>False if nothing moves.</returns>
    public async Task<bool> CancelAsync(TenantId tenant, CancellationToken cancellation)
    {
        SpaceState? state;
        await using (var work = await database.BeginAsync(tenant, cancellation))
        {
            state = await SpaceRows.ReadAsync(work, locked: false, cancellation);
        }

        bool canceled = state?.Job is { } job
            && await control.FindAsync(tenant, job, cancellation) is { Status: "queued" or "running" }
            && await jobs.CancelAsync(tenant, job, "cancel", cancellation) is not null;
        tenants.Forget(tenant);
        return canceled;
    }

    /// <summary>Lets go of the vectors that could be gone back to.</summary>
    public Task<bool> DiscardAsync(TenantId tenant, CancellationToken cancellation) => database.RunAsync(
        tenant,
        async (work, token) => await work.ExecuteAsync(
            "update tenant_spaces set leaving = leaving || previous, previous = null, keep_until = null where tenant_id = $1 and previous is not null",
            token, tenant) > 0,
        cancellation);

    /// <summary>Sets how the workspace weighs a space; null gives a figure back to the configuration.</summary>
    /// <returns>False if the workspace is not in that space.</returns>
    public async Task<bool> WeighAsync(
        TenantId tenant, string space, double? weight, double? unrelated, double? related, bool isMeasured, CancellationToken cancellation)
    {
        bool done = await database.RunAsync(
            tenant,
            async (work, token) => await work.ExecuteAsync(
                """
                insert into space_settings (tenant_id, space, weight, unrelated, related, calibrated_at)
                select $1, $2, $3, $4, $5, case when $6 then now() end
                from tenant_spaces t where t.tenant_id = $1 and $2 in (t.space, t.next, t.previous)
                on conflict (tenant_id, space) do update set
                    weight = excluded.weight, unrelated = excluded.unrelated, related = excluded.related, calibrated_at = excluded.calibrated_at
                """,
                token, tenant, space, Number(weight), Number(unrelated), Number(related), isMeasured) > 0,
            cancellation);
        tenants.Forget(tenant);
        return done;
    }

    /// <summary>Measures a space on the workspace's passages and keeps the thresholds.</summary>
    /// <returns>Null where the workspace is not in that space, or has too few passages to tell.</returns>
    public async Task<SpaceMeasure?> CalibrateAsync(TenantId tenant, string? space, CancellationToken cancellation)
    {
        SpaceMeasure? measure;
        double? weight;
        await using (var work = await database.BeginAsync(tenant, cancellation))
        {
            space ??= (await SpaceRows.ReadAsync(work, locked: false, cancellation))?.Space;
            if (space is null || await SpaceCalibration.MeasureAsync(work, space, cancellation) is not { } measured)
            {
                return null;
            }

            measure = measured;
            weight = await work.ScalarAsync<float?>(
                "select weight from space_settings where tenant_id = $1 and space = $2", cancellation, tenant, space);
        }

        return await WeighAsync(tenant, space, weight, measure.Unrelated, measure.Related, isMeasured: true, cancellation) ? measure : null;
    }

    /// <summary>A part of a move.</summary>
    public static NewJob Part(JobId parent, SwitchPartJob part) => NewJob.Of(JobKind.ReembedPart, part, SwitchJobJson.Default.SwitchPartJob) with
    {
        Parent = parent,
        Priority = JobPriority.Low,
        MaxAttempts = PartAttempts,
    };

    private static NewJob Job(string model, bool commanded, UserId? user) =>
        NewJob.Of(JobKind.Reembed, new SwitchJob(model, commanded, user?.Value), SwitchJobJson.Default.SwitchJob);

    private EmbeddingModelInfo Show(string name)
    {
        var settings = catalog.SettingsOf(name);
        bool isLocal = catalog.IsLocal(name);
        return new(
            name, isLocal ? LocalModels.Provider : settings.Provider, isLocal ? LocalModels.UseLite : settings.Model, settings.Dimensions,
            name.Equals(catalog.DefaultModel, StringComparison.OrdinalIgnoreCase));
    }

    private static async Task<EmbeddingSpaceInfo> ShowAsync(TenantWork work, EmbeddingSpace space, CancellationToken cancellation)
    {
        var rows = await work.QueryAsync(
            """
            select (select count(*) from vector_passages v where v.tenant_id = $1 and v.space = $2), o.weight, o.unrelated, o.related, o.calibrated_at
            from (select) one left join space_settings o on o.tenant_id = $1 and o.space = $2
            """,
            row => (
                Vectors: row.GetInt64(0), Weight: Number(row, 1), Unrelated: Number(row, 2), Related: Number(row, 3),
                At: row.IsDBNull(4) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(4)),
            cancellation, work.Tenant, space.Id);
        var own = rows[0];
        return new(
            space.Id, space.Model, space.Dimensions, own.Vectors, Round(own.Weight ?? space.Weight)!.Value, Round(own.Unrelated ?? space.Unrelated),
            Round(own.Related ?? space.Related), own.Weight is not null || own.Unrelated is not null || own.Related is not null, own.At);
    }

    // The columns are single precision: 0.4 comes back with digits that nobody wrote.
    private static double? Round(double? number) => number is { } value ? Math.Round(value, 4) : null;

    private static double? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFloat(column);

    private static NpgsqlParameter Number(double? number) => SqlParameter.Typed(NpgsqlDbType.Real, (float?)number);
}
