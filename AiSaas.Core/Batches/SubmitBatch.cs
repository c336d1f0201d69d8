using System.Text.Json;
using AiSaas.Core.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Webhooks;
using Microsoft.Extensions.Options;
using NpgsqlTypes;

namespace AiSaas.Core.Batches;

public abstract record SubmitOutcome
{
    private SubmitOutcome()
    {
    }

    /// <param name="Job">A new one, or the active one with the same dedupe key.</param>
    /// <param name="WebhookSecret">Of a webhook that is new to the workspace.</param>
    public sealed record Accepted(JobId Job, string? WebhookSecret) : SubmitOutcome;

    public sealed record Refused(BatchFault Fault) : SubmitOutcome;
}

/// <summary>Takes a batch: all of it with its job in one transaction, or nothing.</summary>
public sealed class SubmitBatch
{
    private readonly TenantDatabase _database;
    private readonly JobQueue _jobs;
    private readonly BatchIntake _intake;
    private readonly WebhookOutbox _webhooks;
    private readonly BatchOptions _options;
    private readonly TimeProvider _clock;

    internal SubmitBatch(
        TenantDatabase database, JobQueue jobs, BatchIntake intake, WebhookOutbox webhooks, IOptions<BatchOptions> options, TimeProvider clock) =>
        (_database, _jobs, _intake, _webhooks, _options, _clock) = (database, jobs, intake, webhooks, options.Value, clock);

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
            await using var work = await _database.BeginAsync(caller.Tenant, cancellation);
            var accepted = await StoreAsync(work, caller, draft, cancellation);
            await work.CommitAsync(cancellation);
            return accepted;
        }
        catch (BatchFaultException refused)
        {
            return new SubmitOutcome.Refused(refused.Fault);
        }
    }

    /// <summary>Writes a checked batch and its job.</summary>
    /// <exception cref="BatchFaultException">It can't be taken after all; nothing was written.</exception>
    internal async Task<SubmitOutcome.Accepted> StoreAsync(TenantWork work, GatewayCaller caller, BatchDraft draft, CancellationToken cancellation)
    {
        var submission = draft.Submission;
        var job = NewJob.Of(JobKind.Batch, new BatchJob(), BatchJobJson.Default.BatchJob) with
        {
            RunAt = submission.RunAt,
            Priority = submission.Priority,
            DedupeKey = submission.DedupeKey,
        };
        var known = await KnownAsync(work, submission.DedupeKey, cancellation);
        if (known is null)
        {
            await CheckRoomAsync(work, _options, cancellation);
            await CheckFileAsync(work, submission.InputFile, cancellation);
        }

        string? secret = await AttachAsync(work, caller, known ?? job.Id, submission.Webhook, cancellation);
        var id = known ?? await _jobs.EnqueueAsync(work, job, cancellation);
        if (id != job.Id)
        {
            return new(id, secret);
        }

        await OpenAsync(work, id, caller, _options, _clock, cancellation);
        if (submission.InputFile is { } file)
        {
            await work.ExecuteAsync(
                "update batches set input_file = $3, model = $4 where tenant_id = $1 and id = $2", cancellation, work.Tenant, id, file,
                SqlParameter.Typed(NpgsqlDbType.Text, submission.Model));
        }
        else
        {
            await BatchRows.FillAsync(work, id, draft, _options, cancellation);
        }

        return new(id, secret);
    }

    /// <exception cref="BatchFaultException">The workspace has too many open.</exception>
    internal static async Task CheckRoomAsync(TenantWork work, BatchOptions options, CancellationToken cancellation)
    {
        if (await work.ScalarAsync<long>(
            "select count(*) from (select from batches where tenant_id = $1 and ended_at is null limit $2) open",
            cancellation, work.Tenant, options.MaxOpen) >= options.MaxOpen)
        {
            throw new BatchFaultException(new(
                "batch:too-many-open", $"The workspace has {options.MaxOpen} batches waiting or under way. Send this one when some have ended."));
        }
    }

    /// <summary>Makes a batch's row, empty.</summary>
    internal static Task OpenAsync(
        TenantWork work, JobId id, GatewayCaller caller, BatchOptions options, TimeProvider clock, CancellationToken cancellation)
    {
        // What our own features call themselves is for them; a label of the client's stays.
        var labelled = caller.Feature == "gateway" ? caller with { Feature = "batch" } : caller;
        return work.ExecuteAsync(
            "insert into batches (tenant_id, id, user_id, key_id, caller, expires_at) values ($1, $2, $3, $4, $5, $6)",
            cancellation, work.Tenant, id, caller.User, SqlParameter.Typed(NpgsqlDbType.Uuid, caller.Key?.Value),
            SqlParameter.Json(JsonSerializer.Serialize(KeptCaller.Of(labelled, CacheWish.Default), BatchJobJson.Default.KeptCaller)),
            clock.GetUtcNow() + options.Lifetime);
    }

    private static async Task<JobId?> KnownAsync(TenantWork work, string? dedupeKey, CancellationToken cancellation) =>
        dedupeKey is not null && await work.ScalarAsync<Guid?>(
            "select id from jobs where tenant_id = $1 and kind = $2 and dedupe_key = $3 and status in ('queued', 'running', 'waiting')",
            cancellation, work.Tenant, JobKind.Batch.Name, dedupeKey) is { } id
            ? JobId.From(id)
            : null;

    private static async Task CheckFileAsync(TenantWork work, BatchFileId? file, CancellationToken cancellation)
    {
        if (file is { } named && await BatchFiles.FindAsync(work, named, cancellation) is not { Content: not null })
        {
            throw BatchFaultException.Invalid("There is no such file that was uploaded for a batch.", "inputFileId");
        }
    }

    private async Task<string?> AttachAsync(TenantWork work, GatewayCaller caller, JobId job, string? url, CancellationToken cancellation) =>
        url is null ? null : await _webhooks.AttachAsync(work, caller.User, job, url, cancellation) switch
        {
            AttachOutcome.Attached(_, var secret) => secret,
            AttachOutcome.BadUrl(var detail) => throw BatchFaultException.Invalid(detail, "webhook"),
            _ => throw BatchFaultException.Invalid("The workspace has as many one-off webhook addresses as it may. Set one up under webhooks.", "webhook"),
        };
}
