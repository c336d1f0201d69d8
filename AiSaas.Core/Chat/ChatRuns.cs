using AiSaas.Contracts.Chat;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Chat;

/// <summary>Runs as Postgres knows them: whose they are, and what readers get when the log in Redis is gone.</summary>
public sealed class ChatRuns(TenantDatabase database) : IRunAccess, IRunFallback
{
    public async Task<RunRef?> FindAsync(TenantId tenant, UserId user, RunId run, CancellationToken cancellation)
    {
        // Each reader asks, and thousands may come at once: one round trip, not three.
        await using var read = await database.ReadAsync(tenant, cancellation);
        read.Add("select job_id from runs where tenant_id = $1 and user_id = $2 and id = $3", tenant, user, run);
        await using var rows = await read.ExecuteAsync(cancellation);
        return await rows.ReadAsync(cancellation) ? new RunRef(run, new JobId(rows.GetGuid(0))) : null;
    }

    public async Task<RunInfo?> ReadAsync(TenantId tenant, UserId user, RunId run, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            """
            select r.conversation_id, r.message_id, r.status, coalesce(j.attempts, 1), m.error_code, m.error_detail
            from runs r join messages m on m.tenant_id = r.tenant_id and m.id = r.message_id left join jobs j on j.id = r.job_id
            where r.tenant_id = $1 and r.user_id = $2 and r.id = $3
            """,
            row => new RunInfo(
                run.Value, row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetInt32(3),
                row.IsDBNull(4) ? null : new(row.GetString(4), row.IsDBNull(5) ? "" : row.GetString(5))),
            cancellation, tenant, user, run);
        return found is [var one] ? one : null;
    }

    public async Task<RunSnapshot?> FindAsync(TenantId tenant, RunId run, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await MessageReader.OfRunAsync(work, run, cancellation) is not { } message
            ? null
            : message.CompletedAt is null ? new RunSnapshot(false, []) : new RunSnapshot(true, [.. Replay(message)]);
    }

    private static IEnumerable<StreamPart> Replay(Message message)
    {
        yield return new StartPart(message.Id);
        yield return new StartStepPart();
        if (message.Text.Length > 0)
        {
            yield return new TextStartPart(AnswerText.PartId);
            yield return new TextDeltaPart(AnswerText.PartId, message.Text);
            yield return new TextEndPart(AnswerText.PartId);
        }

        for (int index = 0; index < message.Citations.Count; index++)
        {
            yield return CitationPart.Of(message.Citations[index], index);
        }

        if (message.Grounding is { } grounding)
        {
            yield return new GroundingPart(grounding);
        }

        yield return new MetadataPart(new(
            message.Model, message.Provider, message.Answered, message.Usage, message.Cost, message.Timings, message.Attempts));
        if (message.Error is { } error)
        {
            yield return new ErrorPart(error.Detail, error.Code);
        }

        if (message.Status == "stopped")
        {
            yield return new AbortPart();
        }

        yield return new FinishStepPart();
        yield return new FinishPart();
    }
}

/// <summary>The text of an answer in the stream.</summary>
public static class AnswerText
{
    /// <summary>An answer has one text part.</summary>
    public const string PartId = "text";
}
