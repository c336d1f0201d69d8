using System.Text.Json;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Core.Batches;

public abstract record SubmitOutcome
{
    private SubmitOutcome()
    {
    }

    /// <param name="Job">A new one, or the active one with the same dedupe key.</param>
    public sealed record Accepted(JobId Job) : SubmitOutcome;

    public sealed record Refused(BatchFault Fault) : SubmitOutcome;
}

/// <summary>Takes a batch: all of it with its job in one transaction, or nothing.</summary>
public sealed class SubmitBatch
{
    private readonly TenantDatabase _database;
    private readonly JobQueue _jobs;
    private readonly BatchIntake _intake;
    private readonly BatchOptions _options;
    private readonly TimeProvider _clock;

    internal SubmitBatch(TenantDatabase database, JobQueue jobs, BatchIntake intake, IOptions<BatchOptions> options, TimeProvider clock) =>
        (_database, _jobs, _intake, _options, _clock) = (database, jobs, intake, options.Value, clock);

    /// <summary>The whole submission as one JSON object.</summary>
    public Task<SubmitOutcome> JsonAsync(GatewayCaller caller, Stream content, CancellationToken cancellation) =>
        SubmitAsync(caller, [], (draft, token) => _intake.ReadJsonAsync(draft, content, token), isJson: true, cancellation);

    /// <summary>A JSONL file, with the rest beside it.</summary>
    /// <param name="settings">As members of the JSON object would be.</param>
    public Task<SubmitOutcome> LinesAsync(
        GatewayCaller caller, IEnumerable<KeyValuePair<string, string?>> settings, Stream content, CancellationToken cancellation) =>
        SubmitAsync(caller, settings, (draft, token) => _intake.ReadLinesAsync(draft, content, token), isJson: false, cancellation);

    private async Task<SubmitOutcome> SubmitAsync(
        GatewayCaller caller, IEnumerable<KeyValuePair<string, string?>> settings, Func<BatchDraft, CancellationToken, Task> readAsync, bool isJson,
        CancellationToken cancellation)
    {
        try
        {
            await using var draft = _intake.Draft();
            foreach (var (name, value) in settings)
            {
                draft.Submission.Set(name, value);
            }

            await readAsync(draft, cancellation);
            if (isJson && draft.Submission.Kind is null)
            {
                throw BatchSubmission.UnknownKind(null);
            }

            await _intake.EndAsync(draft, caller, cancellation);
            return await StoreAsync(caller, draft, cancellation);
        }
        catch (BatchFaultException refused)
        {
            return new SubmitOutcome.Refused(refused.Fault);
        }
    }

    private async Task<SubmitOutcome> StoreAsync(GatewayCaller caller, BatchDraft draft, CancellationToken cancellation)
    {
        var submission = draft.Submission;
        await using var work = await _database.BeginAsync(caller.Tenant, cancellation);
        var job = NewJob.Of(JobKind.Batch, new BatchJob(), BatchJobJson.Default.BatchJob) with
        {
            RunAt = submission.RunAt,
            Priority = submission.Priority,
            DedupeKey = submission.DedupeKey,
        };
        var id = await _jobs.EnqueueAsync(work, job, cancellation);
        if (id != job.Id)
        {
            return new SubmitOutcome.Accepted(id);
        }

        await OpenAsync(work, id, caller, _options, _clock, cancellation);
        await work.ExecuteAsync(
            "update batches set webhook = $3 where tenant_id = $1 and id = $2", cancellation, caller.Tenant, id,
            SqlParameter.Typed(NpgsqlDbType.Text, submission.Webhook));
        await BatchRows.FillAsync(work, id, draft, submission.Model ?? BatchIntake.DefaultModel, _options, cancellation);
        await work.CommitAsync(cancellation);
        return new SubmitOutcome.Accepted(id);
    }

    /// <summary>Makes a batch's row, empty.</summary>
    /// <exception cref="BatchFaultException">The workspace has too many open.</exception>
    internal static async Task OpenAsync(
        TenantWork work, JobId id, GatewayCaller caller, BatchOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        if (await work.ScalarAsync<long>(
            "select count(*) from (select from batches where tenant_id = $1 and ended_at is null limit $2) open",
            cancellation, work.Tenant, options.MaxOpen) >= options.MaxOpen)
        {
            throw new BatchFaultException(new(
                "batch:too-many-open", $"The workspace has {options.MaxOpen} batches waiting or under way. Send this one when some have ended."));
        }

        // What our own features call themselves is for them; a label of the client's stays.
        var labelled = caller.Feature == "gateway" ? caller with { Feature = "batch" } : caller;
        await work.ExecuteAsync(
            "insert into batches (tenant_id, id, user_id, key_id, caller, expires_at) values ($1, $2, $3, $4, $5, $6)",
            cancellation, work.Tenant, id, caller.User, SqlParameter.Typed(NpgsqlDbType.Uuid, caller.Key?.Value),
            SqlParameter.Json(JsonSerializer.Serialize(KeptCaller.Of(labelled, CacheWish.Default), BatchJobJson.Default.KeptCaller)),
            clock.GetUtcNow() + options.Lifetime);
    }
}
