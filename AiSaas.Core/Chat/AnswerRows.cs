using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using NpgsqlTypes;

namespace AiSaas.Core.Chat;

/// <summary>What a worker needs to know to answer.</summary>
/// <param name="History">Earlier turns, oldest first, without the question.</param>
/// <param name="User">Who asked.</param>
public sealed record AnswerTask(string Question, string Title, IReadOnlyList<Turn> History, UserId User);

/// <param name="Role">user or assistant.</param>
public sealed record Turn(string Role, string Text);

/// <summary>An answer as it settles.</summary>
/// <param name="Status">complete, stopped or failed.</param>
public sealed record SettledAnswer(
    string Status, string Text, string? Model, string? Provider, bool? Answered, IReadOnlyList<Citation> Citations,
    IReadOnlyList<FoundPassage> AlsoFound, AnswerUsage? Usage, long? CostNanos, AnswerTimings? Timings, IReadOnlyList<ModelAttempt> Attempts,
    Failure? Error = null, AnswerGrounding? Grounding = null)
{
    public string? Cost => CostNanos is { } nanos ? MessageReader.Dollars(nanos) : null;
}

/// <summary>The rows of an answer under way: read at its start, written at its end, both inside the job's fence.</summary>
public static class AnswerRows
{
    // What a follow-up can refer to; older turns cost tokens and rarely matter.
    private const int MostTurns = 12;

    /// <returns>Null when the answer is settled already or its conversation is gone: there is nothing left to do.</returns>
    public static async Task<AnswerTask?> BeginAsync(TenantWork work, AnswerJob job, CancellationToken cancellation)
    {
        int begun = await work.ExecuteAsync(
            """
            with run as (
                update runs set status = 'running' where tenant_id = $1 and id = $2 and finished_at is null returning id)
            update messages set status = 'streaming'
            where tenant_id = $1 and id = $3 and completed_at is null and exists (select from run)
            """,
            cancellation, work.Tenant, job.Run, job.Answer);
        if (begun == 0)
        {
            return null;
        }

        // Up the tree from the question: siblings of other branches are no part of this conversation.
        var turns = await work.QueryAsync(
            """
            with recursive path as (
                select id, parent_id, role, text, 0 as depth from messages where tenant_id = $1 and id = $2
                union all
                select m.id, m.parent_id, m.role, m.text, path.depth + 1
                from messages m join path on m.id = path.parent_id
                where m.tenant_id = $1 and path.depth < $3)
            select path.role, path.text, c.title, c.user_id
            from path join conversations c on c.tenant_id = $1 and c.id = $4 order by depth desc
            """,
            row => (Turn: new Turn(row.GetString(0), row.GetString(1)), Title: row.GetString(2), User: new UserId(row.GetGuid(3))),
            cancellation, work.Tenant, job.Question, MostTurns, job.Conversation);
        return turns is [.., var question]
            ? new(question.Turn.Text, question.Title, [.. turns.SkipLast(1).Select(one => one.Turn).Where(turn => turn.Text.Length > 0)], question.User)
            : null;
    }

    /// <summary>Writes the answer whole, once: a settled answer stays as it is.</summary>
    /// <returns>False when it was settled before, or its conversation is gone.</returns>
    public static async Task<bool> SettleAsync(TenantWork work, AnswerJob job, SettledAnswer answer, CancellationToken cancellation)
    {
        var json = ContractsJson.Default;
        return await work.ExecuteAsync(
            """
            with run as (
                update runs set status = case $4 when 'complete' then 'succeeded' else $4 end, finished_at = now()
                where tenant_id = $1 and id = $2 and finished_at is null),
            spoken as (
                update conversations set updated_at = now() where tenant_id = $1 and id = $16)
            update messages set status = $4, text = $5, model = $6, provider = $7, answered = $8, citations = $9, also_found = $10,
                usage = $11, cost_nanos = $12, timings = $13, attempts = $14, error_code = $17, error_detail = $18, grounding = $19, completed_at = now()
            where tenant_id = $1 and id = $3 and run_id = $15 and completed_at is null
            """,
            cancellation, work.Tenant, job.Run, job.Answer, answer.Status, answer.Text.Replace("\0", "", StringComparison.Ordinal),
            SqlParameter.Typed(NpgsqlDbType.Text, answer.Model), SqlParameter.Typed(NpgsqlDbType.Text, answer.Provider),
            SqlParameter.Typed(NpgsqlDbType.Boolean, answer.Answered),
            SqlParameter.Json(JsonSerializer.Serialize(answer.Citations, json.IReadOnlyListCitation)),
            SqlParameter.Json(JsonSerializer.Serialize(answer.AlsoFound, json.IReadOnlyListFoundPassage)),
            SqlParameter.Json(answer.Usage is { } usage ? JsonSerializer.Serialize(usage, json.AnswerUsage) : null),
            SqlParameter.Typed(NpgsqlDbType.Bigint, answer.CostNanos),
            SqlParameter.Json(answer.Timings is { } timings ? JsonSerializer.Serialize(timings, json.AnswerTimings) : null),
            SqlParameter.Json(JsonSerializer.Serialize(answer.Attempts, json.IReadOnlyListModelAttempt)), job.Run, job.Conversation,
            SqlParameter.Typed(NpgsqlDbType.Text, answer.Error?.Code), SqlParameter.Typed(NpgsqlDbType.Text, answer.Error?.Detail),
            SqlParameter.Json(answer.Grounding is { } grounding ? JsonSerializer.Serialize(grounding, json.AnswerGrounding) : null)) == 1;
    }
}
