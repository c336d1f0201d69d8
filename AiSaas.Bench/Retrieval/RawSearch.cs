using System.Diagnostics;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;
using Microsoft.Extensions.AI;
using Npgsql;
using Pgvector;

namespace AiSaas.Bench.Retrieval;

/// <summary>The statements of a search with nothing around them: what Postgres itself takes.</summary>
internal sealed class RawSearch(TenantDatabase database, EmbeddingCatalog embedders)
{
    /// <returns>Milliseconds: the median over the collection's questions, of entering the tenant, searching, and reading ten texts.</returns>
    public async Task<double> MedianAsync(TenantId tenant, TestCollection collection, CancellationToken cancellation)
    {
        List<double> times = [];
        foreach (var query in collection.Queries)
        {
            var vector = await embedders.Default.GenerateVectorAsync(query.Text, cancellationToken: cancellation);
            HalfVector halves = new(Array.ConvertAll(vector.ToArray(), number => (Half)number));
            long start = Stopwatch.GetTimestamp();
            await using var work = await database.BeginAsync(tenant, cancellation);
            List<Guid> ids = [];
            await using (var search = work.Command(
                "select chunk_id, lexical, coverage, cosine from app.search($1, $2, $3, null, null, null, 60)",
                query.Text, embedders.DefaultModel, new NpgsqlParameter { DataTypeName = "halfvec", Value = halves }))
            await using (var reader = await search.ExecuteReaderAsync(cancellation))
            {
                while (await reader.ReadAsync(cancellation))
                {
                    ids.Add(reader.GetGuid(0));
                }
            }

            await using (var texts = work.Command(
                "select c.text from chunks c join documents d on d.tenant_id = c.tenant_id and d.id = c.document_id where c.tenant_id = $1 and c.id = any($2)",
                tenant, ids.Take(20).ToArray()))
            await using (var reader = await texts.ExecuteReaderAsync(cancellation))
            {
                while (await reader.ReadAsync(cancellation))
                {
                    _ = reader.GetString(0);
                }
            }

            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return Quantile.Of(times, .5, time => time);
    }
}
