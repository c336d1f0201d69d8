using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Core.Tenancy;

namespace AiSaas.Core.Quality;

/// <summary>Golden questions out of what people have seen to be right: hits of a search, a citation of an answer.</summary>
public sealed class GoldenSources(TenantDatabase database)
{
    /// <param name="tenant">Whose.</param>
    /// <param name="user">Who makes it.</param>
    /// <param name="own">Null where this person sees everybody's searches.</param>
    /// <param name="query">The search.</param>
    /// <param name="ranks">Of the hits that are right, 1 for the first; those of the first one's collection count.</param>
    /// <param name="tags">Of the question.</param>
    /// <param name="cancellation">The caller's.</param>
    public async Task<GoldenOutcome> FromQueryAsync(
        TenantId tenant, UserId user, UserId? own, QueryRecordId query, IReadOnlyCollection<int> ranks, IReadOnlyList<string>? tags,
        CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var hits = await work.QueryAsync(
            """
            -- A follow-up means nothing alone: what was searched for does.
            select coalesce(q.phrasings[1], q.question), h.collection_id, d.name, h.page, h.start_offset, h.end_offset,
                -- What was edited stands on no page.
                coalesce(c.original_text, c.text)
            from query_records q
                join query_hits h on h.tenant_id = q.tenant_id and h.query_id = q.id
                join documents d on d.tenant_id = h.tenant_id and d.id = h.document_id
                left join chunks c on c.tenant_id = h.tenant_id and c.id = h.chunk_id
            where q.tenant_id = $1 and q.id = $2 and h.rank = any($3) and ($4::uuid is null or q.user_id = $4) order by h.rank
            """,
            row => (
                Question: row.GetString(0), Collection: CollectionId.From(row.GetGuid(1)),
                Expectation: new Expectation(
                    row.GetString(2), null, row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), row.IsDBNull(6) ? null : Quote(row.GetString(6)))),
            cancellation, tenant, query, ranks.ToArray(), SqlParameter.Typed(NpgsqlTypes.NpgsqlDbType.Uuid, own?.Value));
        return hits is [var first, ..]
            ? await AddAsync(
                work, user, first.Collection, first.Question,
                [.. hits.Where(hit => hit.Collection == first.Collection).Select(hit => hit.Expectation)], tags, cancellation)
            : new GoldenOutcome.NotFound();
    }

    /// <param name="citation">Its place in the answer's list, 0 for the first.</param>
    public async Task<GoldenOutcome> FromAnswerAsync(
        TenantId tenant, UserId user, MessageId answer, int citation, IReadOnlyList<string>? tags, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        // Conversations are their owner's alone.
        var found = await work.QueryAsync(
            """
            select q.text, a.citations from messages a
                join conversations c on c.tenant_id = a.tenant_id and c.id = a.conversation_id and c.user_id = $3
                join messages q on q.tenant_id = a.tenant_id and q.id = a.parent_id
            where a.tenant_id = $1 and a.id = $2 and a.role = 'assistant' and a.citations is not null
            """,
            row => (
                Question: row.GetString(0),
                Citations: JsonSerializer.Deserialize(row.GetString(1), ContractsJson.Default.IReadOnlyListCitation) ?? []),
            cancellation, tenant, answer, user);
        if (found is not [var (question, citations)] || citation < 0 || citation >= citations.Count)
        {
            return new GoldenOutcome.NotFound();
        }

        var cited = citations[citation];
        Expectation expectation = new(cited.DocumentName, null, cited.Page, cited.Start, cited.End, Quote(cited.Quote));
        return await AddAsync(work, user, CollectionId.From(cited.CollectionId), question, [expectation], tags, cancellation);
    }

    private static async Task<GoldenOutcome> AddAsync(
        TenantWork work, UserId user, CollectionId collection, string question, IReadOnlyList<Expectation> expected, IReadOnlyList<string>? tags,
        CancellationToken cancellation)
    {
        GoldenQuestionBody body = new(QuestionText.Clean(question), expected, tags);
        if (GoldenRules.Fault(body) is { } fault)
        {
            return new GoldenOutcome.Refused(fault);
        }

        var outcome = await GoldenQuestions.AddAsync(work, collection, user, body, cancellation);
        if (outcome is GoldenOutcome.Done)
        {
            await work.CommitAsync(cancellation);
        }

        return outcome;
    }

    // Never between the halves of a character.
    private static string? Quote(string text) =>
        string.IsNullOrWhiteSpace(text) ? null
        : text.Length <= GoldenRules.LongestQuote ? text
        : text[..(char.IsHighSurrogate(text[GoldenRules.LongestQuote - 1]) ? GoldenRules.LongestQuote - 1 : GoldenRules.LongestQuote)];
}
