using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace AiSaas.Core.Retrieval;

/// <summary>Candidates with raw scores, by <c>app.search</c>: any number of phrasings and spaces in one round trip.</summary>
internal static class CandidateSearch
{
    /// <summary>Of a phrasing by words and by vectors each.</summary>
    private const int Fewest = 60;

    private const string Sql =
        """
        select chunk_id, lexical, coverage, cosine, lexical_ms, vector_ms, proximity
        from app.search($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """;

    /// <returns>A list of candidates for each of <paramref name="phrases"/>, in their order. Scores compare within a list.</returns>
    public static async Task<IReadOnlyList<CandidateList>> FindAsync(
        TenantDatabase database, TenantId tenant, IReadOnlyList<SearchPhrase> phrases, RetrievalQuery query, CancellationToken cancellation)
    {
        // More than can be shown, so that the best by words and by meaning together are among them.
        int take = Math.Max(Fewest, query.Limit * 3);
        await using var read = await database.ReadAsync(tenant, cancellation);
        foreach (var phrase in phrases)
        {
            read.Add(
                Sql,
                phrase.Text,
                SqlParameter.Typed(NpgsqlDbType.Text, phrase.Space),
                new NpgsqlParameter { DataTypeName = "halfvec", Value = (object?)phrase.Vector ?? DBNull.Value },
                Filter(NpgsqlDbType.Uuid, query.Collections?.Select(id => id.Value)),
                Filter(NpgsqlDbType.Uuid, query.Documents?.Select(id => id.Value)),
                Filter(NpgsqlDbType.Text, query.ContentTypes),
                take,
                SqlParameter.Typed(NpgsqlDbType.TimestampTz, query.CreatedFrom?.ToUniversalTime()),
                SqlParameter.Typed(NpgsqlDbType.TimestampTz, query.CreatedTo?.ToUniversalTime()),
                SqlParameter.Typed(NpgsqlDbType.Text, string.IsNullOrEmpty(query.NamePrefix) ? null : query.NamePrefix));
        }

        await using var reader = await read.ExecuteAsync(cancellation);
        List<CandidateList> lists = new(phrases.Count);
        do
        {
            lists.Add(await ReadAsync(reader, take, cancellation));
        }
        while (await reader.NextResultAsync(cancellation));
        return lists;
    }

    private static async Task<CandidateList> ReadAsync(NpgsqlDataReader reader, int take, CancellationToken cancellation)
    {
        List<Candidate> candidates = new(take * 2);
        double lexicalMs = 0;
        double vectorMs = 0;
        while (await reader.ReadAsync(cancellation))
        {
            candidates.Add(new(
                ChunkId.From(reader.GetGuid(0)),
                reader.IsDBNull(1) ? 0 : reader.GetDouble(1),
                reader.IsDBNull(2) ? 0 : reader.GetDouble(2),
                reader.IsDBNull(3) ? null : reader.GetDouble(3))
            {
                Proximity = reader.IsDBNull(6) ? 0 : reader.GetDouble(6),
            });
            (lexicalMs, vectorMs) = (reader.GetDouble(4), reader.GetDouble(5));
        }

        return new(candidates, lexicalMs, vectorMs);
    }

    private static NpgsqlParameter Filter<T>(NpgsqlDbType type, IEnumerable<T>? values) =>
        SqlParameter.Typed(NpgsqlDbType.Array | type, values?.ToArray() is { Length: > 0 } some ? some : null);
}

/// <summary>One way to put a question, with its vector in one space.</summary>
/// <param name="Space">Null together with <paramref name="Vector"/>: words alone are searched.</param>
internal sealed record SearchPhrase(string Text, string? Space, HalfVector? Vector);

/// <param name="Candidates">In no order.</param>
internal sealed record CandidateList(List<Candidate> Candidates, double LexicalMs, double VectorMs);
