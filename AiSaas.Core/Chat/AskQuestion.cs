using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Chat;

/// <param name="Collections">Null searches what the conversation searches.</param>
/// <param name="Parent">The message to continue from; null continues from the newest.</param>
public sealed record Question(
    ConversationId Conversation, string Text, string? Model, IReadOnlyList<CollectionId>? Collections, MessageId? Parent)
{
    /// <summary>Without a parent, it begins the conversation anew instead of continuing it.</summary>
    public bool FromStart { get; init; }

    /// <summary>What a client calls the question.</summary>
    public string? ExternalId { get; init; }

    /// <summary>The question is there already: only another answer is wanted.</summary>
    public MessageId? Asked { get; init; }
}

public abstract record AskOutcome
{
    private AskOutcome()
    {
    }

    public sealed record Accepted(RunId Run, MessageId Question, MessageId Answer, JobId Job) : AskOutcome;

    public sealed record NoConversation : AskOutcome;

    public sealed record NoParent : AskOutcome;

    /// <summary>The conversation has as many messages as one can have.</summary>
    public sealed record Full : AskOutcome;
}

/// <summary>Accepts a question: one transaction writes it, the answer's placeholder, the run and its job. No model is waited for.</summary>
public sealed class AskQuestion(TenantDatabase database, JobQueue jobs, JobLanes lanes)
{
    /// <summary>Longest question, in UTF-16 code units.</summary>
    public const int LongestText = 32_000;

    /// <summary>A page and a prompt must hold a whole conversation.</summary>
    public const int MostMessages = 2_000;

    private const int TitleLength = 60;

    public async Task<AskOutcome> HandleAsync(TenantId tenant, UserId user, Question question, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var outcome = await HandleAsync(work, user, question, cancellation);
        if (outcome is AskOutcome.Accepted)
        {
            await work.CommitAsync(cancellation);
        }

        return outcome;
    }

    /// <summary>The same within a transaction of the caller; what is refused has written nothing.</summary>
    public async Task<AskOutcome> HandleAsync(TenantWork work, UserId user, Question question, CancellationToken cancellation)
    {
        var tenant = work.Tenant;

        // The row lock orders two tabs that ask at once, so that each sees the other's messages as its past.
        var conversation = await work.QueryAsync(
            """
            select c.title, c.collection_ids,
                coalesce((select max(m.position) from messages m where m.tenant_id = $1 and m.conversation_id = c.id), 0),
                (select m.id from messages m where m.tenant_id = $1 and m.conversation_id = c.id order by m.position desc limit 1),
                $4::uuid is null or exists (select from messages m where m.tenant_id = $1 and m.conversation_id = c.id and m.id = $4)
            from conversations c where c.tenant_id = $1 and c.user_id = $2 and c.id = $3 for update
            """,
            row => (
                Title: row.GetString(0), Collections: row.GetFieldValue<Guid[]>(1), Messages: row.GetInt32(2),
                Newest: row.IsDBNull(3) ? (Guid?)null : row.GetGuid(3), HasParent: row.GetBoolean(4)),
            cancellation, tenant, user, question.Conversation, SqlParameter.Typed(NpgsqlDbType.Uuid, question.Parent?.Value));
        if (conversation is not [var found])
        {
            return new AskOutcome.NoConversation();
        }

        if (!found.HasParent)
        {
            return new AskOutcome.NoParent();
        }

        if (found.Messages + 2 > MostMessages)
        {
            return new AskOutcome.Full();
        }

        var (run, asked, answer) = (RunId.New(), question.Asked ?? MessageId.New(), MessageId.New());
        var collections = question.Collections ?? [.. found.Collections.Select(id => new CollectionId(id))];
        AnswerJob payload = new(run, question.Conversation, asked, answer, collections, question.Model);
        var job = await jobs.EnqueueAsync(
            work, NewJob.Of(JobKind.Chat, payload, AnswerJobJson.Default.AnswerJob) with
            {
                Priority = JobPriority.High,
                MaxAttempts = 5,
                Lane = lanes.Of(question.Model),
            },
            cancellation);
        await work.ExecuteAsync(
            """
            with asked as (
                insert into messages (id, tenant_id, conversation_id, position, parent_id, role, status, text, external_id, completed_at)
                select $2, $1, $3, $11, $4, 'user', 'complete', $5, $12, now() where not $13),
            answer as (
                insert into messages (id, tenant_id, conversation_id, position, parent_id, role, status, run_id)
                values ($6, $1, $3, $11 + 1, $2, 'assistant', 'queued', $7)),
            run as (
                insert into runs (id, tenant_id, user_id, conversation_id, message_id, job_id) values ($7, $1, $8, $3, $6, $9))
            update conversations set updated_at = now(), title = case when title = '' then $10 else title end
            where tenant_id = $1 and id = $3
            """,
            cancellation, tenant, asked, question.Conversation,
            SqlParameter.Typed(NpgsqlDbType.Uuid, question.Parent?.Value ?? (question.FromStart ? null : found.Newest)),
            question.Text, answer, run, user, job, Title(question.Text), found.Messages + 1,
            SqlParameter.Typed(NpgsqlDbType.Text, question.ExternalId), question.Asked is not null);
        return new AskOutcome.Accepted(run, asked, answer, job);
    }

    /// <summary>The question's first line, cut at a word.</summary>
    internal static string Title(string text)
    {
        string line = text.AsSpan().Trim().ToString().ReplaceLineEndings("\n").Split('\n', 2)[0].Trim();
        if (line.Length <= TitleLength)
        {
            return line;
        }

        int space = line.LastIndexOf(' ', TitleLength);
        int cut = space > TitleLength / 2 ? space : TitleLength;
        // Never between the halves of a character.
        return string.Concat(line.AsSpan(0, char.IsHighSurrogate(line[cut - 1]) ? cut - 1 : cut), "…");
    }
}
