using AiSaas.Contracts.Quality;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Quality;

/// <summary>Golden questions as rows.</summary>
internal static class GoldenRows
{
    /// <summary>Newest first; oldest first for evaluations would do as well.</summary>
    public static async Task<List<GoldenQuestion>> ReadAsync(TenantWork work, string where, CancellationToken cancellation, params object?[] arguments)
    {
        var questions = await work.QueryAsync(
            $"""
            select q.id, q.collection_id, q.question, q.tags, q.version, q.created_at, q.updated_at
            from golden_questions q where q.tenant_id = $1 {where}
            """,
            row => new GoldenQuestion(
                row.GetGuid(0), row.GetGuid(1), row.GetString(2), [], row.GetFieldValue<string[]>(3), row.GetInt32(4),
                row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6)),
            cancellation, [work.Tenant, .. arguments]);
        var expected = (await work.QueryAsync(
            """
            select question_id, document_name, page, start_offset, end_offset, quote, quote_erased from golden_expectations
            where tenant_id = $1 and question_id = any($2) order by question_id, ordinal
            """,
            row => (Question: row.GetGuid(0), Expectation: Read(row)), cancellation,
            work.Tenant, questions.Select(question => question.Id).ToArray())).ToLookup(row => row.Question, row => row.Expectation);
        return questions.ConvertAll(question => question with { Expected = [.. expected[question.Id]] });
    }

    /// <summary>Writes a question and what it expects; one of the same words in the collection is replaced.</summary>
    public static async Task<(GoldenQuestionId Id, bool New)> PutAsync(
        TenantWork work, CollectionId collection, UserId user, GoldenQuestionBody body, IReadOnlyList<Expectation> expected, CancellationToken cancellation)
    {
        var put = await work.QueryAsync(
            """
            insert into golden_questions (id, tenant_id, collection_id, question, tags, created_by) values ($1, $2, $3, $4, $5, $6)
            on conflict (tenant_id, collection_id, md5(question))
                do update set tags = excluded.tags, version = golden_questions.version + 1, updated_at = now()
            returning id, xmax = 0
            """,
            row => (GoldenQuestionId.From(row.GetGuid(0)), row.GetBoolean(1)), cancellation,
            GoldenQuestionId.New(), work.Tenant, collection, body.Question.Trim(), Tags(body), user);
        await WriteExpectedAsync(work, put[0].Item1, collection, expected, cancellation);
        return put[0];
    }

    public static string[] Tags(GoldenQuestionBody body) => [.. (body.Tags ?? []).Select(tag => tag.Trim()).Distinct(StringComparer.Ordinal)];

    public static async Task WriteExpectedAsync(
        TenantWork work, GoldenQuestionId id, CollectionId collection, IReadOnlyList<Expectation> expected, CancellationToken cancellation)
    {
        await work.ExecuteAsync("delete from golden_expectations where tenant_id = $1 and question_id = $2", cancellation, work.Tenant, id);
        await work.ExecuteAsync(
            """
            insert into golden_expectations (tenant_id, question_id, ordinal, collection_id, document_name, page, start_offset, end_offset, quote, quote_erased)
            select $1, $2, e.ordinal, $3, e.name, e.page, e.first, e.last, e.quote, e.erased
            from unnest($4::text[], $5::integer[], $6::integer[], $7::integer[], $8::text[], $9::boolean[])
                with ordinality e(name, page, first, last, quote, erased, ordinal)
            """,
            cancellation, work.Tenant, id, collection,
            Column(NpgsqlDbType.Text, expected.Select(one => one.DocumentName)), Column(NpgsqlDbType.Integer, expected.Select(one => one.Page)),
            Column(NpgsqlDbType.Integer, expected.Select(one => one.Start)), Column(NpgsqlDbType.Integer, expected.Select(one => one.End)),
            Column(NpgsqlDbType.Text, expected.Select(one => one.Quote)),
            Column(NpgsqlDbType.Boolean, expected.Select(one => one.QuoteErased == true && one.Quote is null)));
    }

    /// <summary>The words of documents that are deleted go with them, in the same transaction; where they stood stays.</summary>
    /// <returns>How many quotes went.</returns>
    public static Task<int> EraseQuotesAsync(TenantWork work, IReadOnlyCollection<DocumentId> documents, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            update golden_expectations e set quote = null, quote_erased = true
            from documents d
            where d.tenant_id = $1 and d.id = any($2) and e.tenant_id = $1 and e.collection_id = d.collection_id
                and e.document_name = d.name and e.quote is not null
                -- A copy under the same name goes on saying them.
                and not exists (
                    select from documents o where o.tenant_id = $1 and o.collection_id = d.collection_id and o.name = d.name
                        and not o.id = any($2) and o.sha256 = d.sha256)
            """,
            cancellation, work.Tenant, SqlParameter.Ids(documents));

    private static NpgsqlParameter Column<T>(NpgsqlDbType type, IEnumerable<T> values) => SqlParameter.Typed(NpgsqlDbType.Array | type, values.ToArray());

    private static Expectation Read(NpgsqlDataReader row) => new(
        row.GetString(1), null, Number(row, 2), Number(row, 3), Number(row, 4), row.IsDBNull(5) ? null : row.GetString(5),
        row.GetBoolean(6) ? true : null);

    private static int? Number(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt32(column);
}
