using AiSaas.Contracts.Common;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Quality;

public abstract record GoldenOutcome
{
    private GoldenOutcome()
    {
    }

    public sealed record Done(GoldenQuestion Question) : GoldenOutcome;

    /// <summary>No such collection, question, record or answer.</summary>
    public sealed record NotFound : GoldenOutcome;

    /// <summary>Somebody else changed it meanwhile.</summary>
    public sealed record Stale(int Version) : GoldenOutcome;

    /// <summary>The collection has as many as one can have.</summary>
    public sealed record Full : GoldenOutcome;

    /// <summary>The collection has these words already.</summary>
    public sealed record Twice : GoldenOutcome;

    public sealed record Refused(string Reason) : GoldenOutcome;
}

/// <summary>The golden questions of a workspace's collections. Bodies are checked by <see cref="GoldenRules"/> before they come here.</summary>
public sealed class GoldenQuestions(TenantDatabase database)
{
    private const int PageSize = 100;

    /// <returns>Null where the collection doesn't exist.</returns>
    public async Task<Page<GoldenQuestion>?> ListAsync(
        TenantId tenant, CollectionId collection, string? tag, GoldenQuestionId? after, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        if (!await new QualityScopeId(collection).ExistsAsync(work, cancellation))
        {
            return null;
        }

        var found = await GoldenRows.ReadAsync(
            work, "and q.collection_id = $2 and ($3::uuid is null or q.id < $3) and ($4::text is null or $4 = any(q.tags)) order by q.id desc limit $5",
            cancellation, collection, SqlParameter.Typed(NpgsqlDbType.Uuid, after?.Value), SqlParameter.Typed(NpgsqlDbType.Text, tag), PageSize + 1);
        return found.Count > PageSize ? new(found[..PageSize], Id.Text(found[PageSize - 1].Id)) : new(found);
    }

    /// <summary>All of a collection, oldest first: what an export writes.</summary>
    public async Task<IReadOnlyList<GoldenQuestion>?> AllAsync(TenantId tenant, CollectionId collection, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await new QualityScopeId(collection).ExistsAsync(work, cancellation)
            ? await GoldenRows.ReadAsync(work, "and q.collection_id = $2 order by q.id limit $3", cancellation, collection, GoldenRules.MostQuestions)
            : null;
    }

    public async Task<GoldenQuestion?> FindAsync(TenantId tenant, GoldenQuestionId id, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        return await FindAsync(work, id, cancellation);
    }

    /// <summary>A new one; with the words of another it takes that one's place.</summary>
    public async Task<GoldenOutcome> AddAsync(
        TenantId tenant, CollectionId collection, UserId user, GoldenQuestionBody body, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var outcome = await AddAsync(work, collection, user, body, cancellation);
        if (outcome is GoldenOutcome.Done)
        {
            await work.CommitAsync(cancellation);
        }

        return outcome;
    }

    internal static async Task<GoldenOutcome> AddAsync(
        TenantWork work, CollectionId collection, UserId user, GoldenQuestionBody body, CancellationToken cancellation)
    {
        // Locked, so that the count holds.
        if (!await work.ScalarAsync<bool>(
            "select true from collections where tenant_id = $1 and id = $2 for no key update", cancellation, work.Tenant, collection))
        {
            return new GoldenOutcome.NotFound();
        }

        var (expected, fault) = await GoldenNames.ReadAsync(work, collection, body.Expected, cancellation);
        if (fault is not null)
        {
            return new GoldenOutcome.Refused(fault);
        }

        var (id, _) = await GoldenRows.PutAsync(work, collection, user, body, expected, cancellation);
        return await work.ScalarAsync<long>(
            "select count(*) from golden_questions where tenant_id = $1 and collection_id = $2", cancellation, work.Tenant, collection) > GoldenRules.MostQuestions
            ? new GoldenOutcome.Full()
            : new GoldenOutcome.Done((await FindAsync(work, id, cancellation))!);
    }

    public async Task<GoldenOutcome> ChangeAsync(
        TenantId tenant, GoldenQuestionId id, GoldenQuestionBody body, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var found = await work.QueryAsync(
            "select collection_id, version from golden_questions where tenant_id = $1 and id = $2 for update",
            row => (Collection: CollectionId.From(row.GetGuid(0)), Version: row.GetInt32(1)), cancellation, tenant, id);
        if (found is not [var (collection, version)])
        {
            return new GoldenOutcome.NotFound();
        }

        if (body.Version is { } known && known != version)
        {
            return new GoldenOutcome.Stale(version);
        }

        var (expected, fault) = await GoldenNames.ReadAsync(work, collection, body.Expected, cancellation);
        if (fault is not null)
        {
            return new GoldenOutcome.Refused(fault);
        }

        try
        {
            await work.ExecuteAsync(
                "update golden_questions set question = $3, tags = $4, version = version + 1, updated_at = now() where tenant_id = $1 and id = $2",
                cancellation, tenant, id, body.Question.Trim(), GoldenRows.Tags(body));
        }
        catch (PostgresException twice) when (twice.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return new GoldenOutcome.Twice();
        }

        await GoldenRows.WriteExpectedAsync(work, id, collection, expected, cancellation);
        var changed = await FindAsync(work, id, cancellation);
        await work.CommitAsync(cancellation);
        return new GoldenOutcome.Done(changed!);
    }

    public async Task<bool> DeleteAsync(TenantId tenant, GoldenQuestionId id, CancellationToken cancellation) =>
        await database.RunAsync(
            tenant,
            (work, token) => work.ExecuteAsync("delete from golden_questions where tenant_id = $1 and id = $2", token, tenant, id),
            cancellation) == 1;

    private static async Task<GoldenQuestion?> FindAsync(TenantWork work, GoldenQuestionId id, CancellationToken cancellation) =>
        await GoldenRows.ReadAsync(work, "and q.id = $2", cancellation, id) is [var found] ? found : null;
}
