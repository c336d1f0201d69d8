using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using NpgsqlTypes;

namespace AiSaas.Core.Chat;

/// <param name="Id">What the client calls it.</param>
/// <param name="Role">user or assistant.</param>
public sealed record ClientMessage(string? Id, string Role, string Text);

/// <param name="Chat">What the client calls it, or a conversation's id.</param>
/// <param name="Before">The client's messages before the question, oldest first.</param>
/// <param name="Again">The question was asked before: another answer is wanted.</param>
public sealed record ClientQuestion(
    string Chat, IReadOnlyList<ClientMessage> Before, ClientMessage Asked, bool Again, string? Model, IReadOnlyList<CollectionId>? Collections);

/// <summary>Chats that a client names by ids of its own, as the AI SDK's <c>useChat</c> does.</summary>
/// <remarks>
/// What was said before a question is what our conversation has, up the tree from the newest of the client's messages that we know:
/// so a client that cut its messages off (to edit or regenerate one) continues where it cut. A chat that we don't know at all begins
/// with what the client says of it.
/// </remarks>
public sealed class ClientChats(TenantDatabase database, AskQuestion ask, JobControl jobs)
{
    public const int LongestId = 200;

    // What a prompt looks back on; see AnswerRows.
    private const int MostImported = 12;
    private const int MostLookedUp = 200;

    public async Task<AskOutcome> AskAsync(TenantId tenant, UserId user, ClientQuestion question, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var conversation = await FindAsync(work, user, question.Chat, locks: true, cancellation)
            ?? await CreateAsync(work, user, question, cancellation);
        var known = await KnownAsync(work, conversation, [.. question.Before.TakeLast(MostLookedUp), question.Asked], cancellation);
        var parent = question.Before.TakeLast(MostLookedUp).Reverse()
            .Select(message => known.Find(message)).FirstOrDefault(found => found is not null);
        parent ??= await ImportAsync(work, conversation, question.Before, cancellation);
        var asked = await ask.HandleAsync(
            work, user,
            new(conversation, question.Asked.Text, question.Model, question.Collections, parent)
            {
                FromStart = true,
                ExternalId = question.Asked.Id,
                Asked = question.Again ? known.Find(question.Asked) : null,
            },
            cancellation);
        if (asked is AskOutcome.Accepted)
        {
            await work.CommitAsync(cancellation);
        }

        return asked;
    }

    /// <summary>The newest answer still being written; null when there is none, or no such chat.</summary>
    public async Task<RunId?> ActiveRunAsync(TenantId tenant, UserId user, string chat, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await FindAsync(work, user, chat, locks: false, cancellation) is { } conversation
            ? (await OpenRunsAsync(work, user, conversation, cancellation)).Select(run => (RunId?)run.Run).FirstOrDefault()
            : null;
    }

    /// <summary>Stops every answer still being written.</summary>
    /// <returns>False when there is no such chat.</returns>
    public async Task<bool> StopAsync(TenantId tenant, UserId user, string chat, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await FindAsync(work, user, chat, locks: false, cancellation) is not { } conversation)
        {
            return false;
        }

        foreach (var (_, job) in await OpenRunsAsync(work, user, conversation, cancellation))
        {
            await jobs.CancelAsync(work, job, "stop", cancellation);
        }

        await work.CommitAsync(cancellation);
        return true;
    }

    private static async Task<ConversationId?> FindAsync(TenantWork work, UserId user, string chat, bool locks, CancellationToken cancellation)
    {
        Guid? id = await work.ScalarAsync<Guid?>(
            $"""
            select id from conversations where tenant_id = $1 and user_id = $2 and (external_id = $3 or id = $4)
            order by external_id is null limit 1 {(locks ? "for update" : "")}
            """,
            cancellation, work.Tenant, user, chat,
            SqlParameter.Typed(NpgsqlDbType.Uuid, ConversationId.TryParse(chat, null, out var own) ? own.Value : null));
        return id is { } found ? new ConversationId(found) : null;
    }

    // Two tabs may send a chat's first message at once: the second waits for the first one's row and finds it.
    private static async Task<ConversationId> CreateAsync(TenantWork work, UserId user, ClientQuestion question, CancellationToken cancellation)
    {
        await work.ExecuteAsync(
            """
            insert into conversations (id, tenant_id, user_id, external_id, collection_ids) values ($1, $2, $3, $4, $5)
            on conflict (tenant_id, user_id, external_id) where external_id is not null do nothing
            """,
            cancellation, ConversationId.New(), work.Tenant, user, question.Chat, SqlParameter.Ids(question.Collections ?? []));
        return (await FindAsync(work, user, question.Chat, locks: true, cancellation))!.Value;
    }

    private static Task<List<(RunId Run, JobId Job)>> OpenRunsAsync(
        TenantWork work, UserId user, ConversationId conversation, CancellationToken cancellation) =>
        work.QueryAsync(
            """
            select id, job_id from runs where tenant_id = $1 and user_id = $2 and conversation_id = $3 and finished_at is null
            order by created_at desc, id desc
            """,
            row => (new RunId(row.GetGuid(0)), new JobId(row.GetGuid(1))), cancellation, work.Tenant, user, conversation);

    private static async Task<KnownMessages> KnownAsync(
        TenantWork work, ConversationId conversation, IReadOnlyList<ClientMessage> messages, CancellationToken cancellation)
    {
        string[] names = [.. messages.Select(message => message.Id).OfType<string>()];
        MessageId[] ids = [.. names.Select(name => MessageId.TryParse(name, null, out var id) ? id : default).Where(id => id != default)];
        return new(await work.QueryAsync(
            """
            select id, external_id, role from messages
            where tenant_id = $1 and conversation_id = $2 and (external_id = any($3) or id = any($4)) order by position
            """,
            row => (new MessageId(row.GetGuid(0)), row.IsDBNull(1) ? null : row.GetString(1), row.GetString(2)),
            cancellation, work.Tenant, conversation, names, SqlParameter.Ids(ids)));
    }

    // Only where nothing has been said yet: what we have is never overwritten by what a client says of it.
    private static async Task<MessageId?> ImportAsync(
        TenantWork work, ConversationId conversation, IReadOnlyList<ClientMessage> before, CancellationToken cancellation)
    {
        var said = before.Where(message => message.Text.Length is > 0 and <= AskQuestion.LongestText).TakeLast(MostImported).ToList();
        if (said.Count == 0 || await work.ScalarAsync<bool>(
            "select exists (select from messages where tenant_id = $1 and conversation_id = $2)", cancellation, work.Tenant, conversation))
        {
            return null;
        }

        MessageId? parent = null;
        foreach (var (position, message) in said.Index())
        {
            var id = MessageId.New();
            await work.ExecuteAsync(
                """
                insert into messages (id, tenant_id, conversation_id, position, parent_id, role, status, text, external_id, completed_at)
                values ($1, $2, $3, $4, $5, $6, 'complete', $7, $8, now())
                """,
                cancellation, id, work.Tenant, conversation, position + 1, SqlParameter.Typed(NpgsqlDbType.Uuid, parent?.Value),
                message.Role, message.Text, SqlParameter.Typed(NpgsqlDbType.Text, message.Id));
            parent = id;
        }

        return parent;
    }

    /// <summary>The client's messages that we have, by either name.</summary>
    private sealed class KnownMessages(List<(MessageId Id, string? ExternalId, string Role)> found)
    {
        public MessageId? Find(ClientMessage message)
        {
            int index = found.FindLastIndex(one => one.Role == message.Role && message.Id is { } name
                && (one.ExternalId == name || (MessageId.TryParse(name, null, out var id) && id == one.Id)));
            return index < 0 ? null : found[index].Id;
        }
    }
}
