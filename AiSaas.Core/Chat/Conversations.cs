using AiSaas.Contracts.Chat;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Microsoft.EntityFrameworkCore;

namespace AiSaas.Core.Chat;

/// <summary>A person's conversations. Another person's, or another workspace's, is not found.</summary>
public sealed class Conversations(TenantDatabase database, JobControl jobs, TimeProvider time)
{
    public const int MostCollections = 50;

    public async Task<ConversationId> CreateAsync(
        TenantId tenant, UserId user, string? title, IReadOnlyList<CollectionId> collections, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        Conversation conversation = new()
        {
            Id = ConversationId.New(),
            TenantId = tenant,
            UserId = user,
            Title = title?.Trim() ?? "",
            CollectionIds = [.. collections.Select(collection => collection.Value)],
            CreatedAt = now,
            UpdatedAt = now,
        };
        await using var work = await database.BeginAsync(tenant, cancellation);
        work.Entities.Add(conversation);
        await work.Entities.SaveChangesAsync(cancellation);
        await work.CommitAsync(cancellation);
        return conversation.Id;
    }

    /// <summary>The same within a transaction of the caller.</summary>
    public static async Task<ConversationId> CreateAsync(
        TenantWork work, UserId user, string title, IReadOnlyList<CollectionId> collections, CancellationToken cancellation)
    {
        var id = ConversationId.New();
        await work.ExecuteAsync(
            "insert into conversations (id, tenant_id, user_id, title, collection_ids) values ($1, $2, $3, $4, $5)",
            cancellation, id, work.Tenant, user, title, SqlParameter.Ids(collections));
        return id;
    }

    /// <summary>Pinned first, then the ones used last. <paramref name="after"/> is the offset that the previous page gave as its cursor.</summary>
    public async Task<IReadOnlyList<ConversationSummary>> ListAsync(
        TenantId tenant, UserId user, int after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.QueryAsync(
            """
            select c.id, c.title, c.pinned, c.collection_ids, c.created_at, c.updated_at,
                exists (select from runs r where r.tenant_id = $1 and r.user_id = $2 and r.conversation_id = c.id and r.finished_at is null)
            from conversations c where c.tenant_id = $1 and c.user_id = $2
            order by c.pinned desc, c.updated_at desc, c.id desc offset $3 limit $4
            """,
            row => new ConversationSummary(
                row.GetGuid(0), row.GetString(1), row.GetBoolean(2), row.GetBoolean(6), row.GetFieldValue<Guid[]>(3),
                row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset>(5)),
            cancellation, tenant, user, after, limit);
    }

    /// <returns>Null when there is no such conversation of this person.</returns>
    public async Task<ConversationDetail?> FindAsync(
        TenantId tenant, UserId user, ConversationId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var conversation = await Mine(work, user, id).AsNoTracking().SingleOrDefaultAsync(cancellation);
        return conversation is null
            ? null
            : new(
                id.Value, conversation.Title, conversation.Pinned, conversation.CollectionIds,
                await MessageReader.OfConversationAsync(work, id, cancellation), conversation.CreatedAt, conversation.UpdatedAt);
    }

    /// <returns>False when there is no such conversation of this person.</returns>
    public async Task<bool> UpdateAsync(
        TenantId tenant, UserId user, ConversationId id, string? title, bool? pinned, IReadOnlyList<CollectionId>? collections,
        CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (await Mine(work, user, id).SingleOrDefaultAsync(cancellation) is not { } conversation)
        {
            return false;
        }

        conversation.Title = title?.Trim() ?? conversation.Title;
        conversation.Pinned = pinned ?? conversation.Pinned;
        conversation.CollectionIds = collections is null ? conversation.CollectionIds : [.. collections.Select(one => one.Value)];
        await work.Entities.SaveChangesAsync(cancellation);
        await work.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Deletes the conversation with its messages and runs, and cancels the answers still being written.</summary>
    public async Task<bool> DeleteAsync(TenantId tenant, UserId user, ConversationId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var writing = await work.QueryAsync(
            "select job_id from runs where tenant_id = $1 and user_id = $2 and conversation_id = $3 and finished_at is null",
            row => new JobId(row.GetGuid(0)), cancellation, tenant, user, id);

        // First the rows, then the jobs that write them: a worker that is just completing one takes its locks in that order, too.
        int deleted = await Mine(work, user, id).ExecuteDeleteAsync(cancellation);
        foreach (var job in writing)
        {
            await jobs.CancelAsync(work, job, "deleted", cancellation);
        }

        await work.CommitAsync(cancellation);
        return deleted == 1;
    }

    /// <summary>Which of <paramref name="ids"/> aren't collections of the workspace.</summary>
    public async Task<IReadOnlyList<CollectionId>> UnknownCollectionsAsync(
        TenantId tenant, IReadOnlyList<CollectionId> ids, CancellationToken cancellation)
    {
        if (ids.Count == 0)
        {
            return [];
        }

        await using var work = await database.BeginAsync(tenant, cancellation);
        return await work.QueryAsync(
            "select asked from unnest($2) asked where not exists (select from collections c where c.tenant_id = $1 and c.id = asked)",
            row => new CollectionId(row.GetGuid(0)), cancellation, tenant, SqlParameter.Ids(ids));
    }

    private static IQueryable<Conversation> Mine(TenantWork work, UserId user, ConversationId id)
    {
        var tenant = work.Tenant;
        return work.Entities.Set<Conversation>()
            .Where(conversation => conversation.TenantId == tenant && conversation.UserId == user && conversation.Id == id);
    }
}
