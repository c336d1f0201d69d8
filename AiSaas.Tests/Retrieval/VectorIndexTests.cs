using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace AiSaas.Tests.Retrieval;

/// <summary>Large tenants get an index of their own, which finds what comparing with everything finds, and lose it when they shrink.</summary>
public sealed class VectorIndexTests(Stack stack) : IClassFixture<Stack>
{
    private const int Large = 3_000;
    private static readonly VectorIndexOptions Low = new() { Threshold = 1_000 };

    [Fact]
    public async Task An_index_is_built_for_the_large_tenant_alone_used_and_dropped()
    {
        await using var large = await Corpus.MakeAsync(stack);
        await using var small = await Corpus.MakeAsync(stack);
        await large.AddAsync([.. Enumerable.Range(0, Large).Select(i => $"entry {i}")]);
        var kept = await small.AddAsync(["entry of mine"]);
        await FillAsync();
        var probe = await VectorAsync(large, 17);
        var exact = await NearestAsync(large, probe);
        Assert.False(await IsIndexedAsync(large, probe));

        Assert.Equal(1, await Keeper().KeepAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await Keeper().KeepAsync(TestContext.Current.CancellationToken));

        var found = await NearestAsync(large, probe);
        Assert.True(await IsIndexedAsync(large, probe));
        Assert.True(exact.Take(10).Intersect(found.Take(10)).Count() >= 9);
        // The neighbour's search is exact and its own.
        Assert.Single(await NearestAsync(small, probe));
        Assert.False(await IsIndexedAsync(small, probe));
        // A filter that leaves little is compared with one by one, without the index.
        var few = await large.AddAsync(["entry alone"]);
        Assert.False(await IsIndexedAsync(large, probe, few));
        Assert.Empty(await NearestAsync(large, probe, new("entry") { Documents = [kept] }));

        // What is written after the build is found by it.
        var late = await large.AddAsync(["entry that came late"]);
        await stack.ScalarAsync<int>(
            "insert into vector_passages select tenant_id, 'use-lite-en', id, collection_id, document_id, version, $2::text::halfvec from chunks where document_id = $1",
            late.Value, probe.ToString());
        Assert.Contains(await ChunkAsync(large, late), (await NearestAsync(large, probe)).Take(3));

        await stack.ScalarAsync<int>("delete from vector_passages where tenant_id = $1 and chunk_id not in (select chunk_id from vector_passages where tenant_id = $1 limit 100)", large.Tenant.Value);
        Assert.Equal(1, await Keeper().KeepAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await stack.ScalarAsync<long>("select count(*) from pg_class where relname like 'vector_passages_hnsw%'"));
        Assert.Equal(100, (await NearestAsync(large, probe, new("entry") { Limit = 50 })).Count);
    }

    [Fact]
    public async Task What_an_interrupted_build_or_a_deleted_tenant_leaves_is_cleared_away()
    {
        await using var corpus = await Corpus.MakeAsync(stack);
        await stack.ScalarAsync<int>("insert into vector_indexes (tenant_id, space, dimensions) values ($1, 'use-lite-en', 512)", corpus.Tenant.Value);
        await stack.ScalarAsync<int>(
            "create index vector_passages_hnsw_99999 on vector_passages using hnsw ((embedding::halfvec(512)) halfvec_cosine_ops) where space = 'nobody'");

        Assert.Equal(1, await Keeper().KeepAsync(TestContext.Current.CancellationToken));

        Assert.Equal(0, await stack.ScalarAsync<long>("select count(*) from vector_indexes where tenant_id = $1", corpus.Tenant.Value));
        Assert.Equal(0, await stack.ScalarAsync<long>("select count(*) from pg_class where relname = 'vector_passages_hnsw_99999'"));
    }

    private VectorIndexes Keeper() => new(stack.Owner, Options.Create(Low), NullLogger<VectorIndexes>.Instance);

    // Vectors of eight directions and a little noise, so that neighbours are neighbours.
    private Task FillAsync() => stack.ScalarAsync<int>(
        """
        insert into vector_passages (tenant_id, space, chunk_id, collection_id, document_id, version, embedding)
        select c.tenant_id, 'use-lite-en', c.id, c.collection_id, c.document_id, c.version,
            (select array_agg(case when d <= 8 then sin(c.ordinal * (d + 1) * 0.37) else 0.01 * cos(c.ordinal * d) end order by d) from generate_series(1, 512) d)::vector(512)::halfvec(512)
        from chunks c on conflict do nothing
        """);

    private async Task<HalfVector> VectorAsync(Corpus corpus, int ordinal) => new(Array.ConvertAll(
        (await stack.ScalarAsync<string>(
            "select v.embedding::text from vector_passages v join chunks c on c.id = v.chunk_id where c.tenant_id = $1 and c.ordinal = $2", corpus.Tenant.Value, ordinal))!
            .Trim('[', ']').Split(','),
        number => Half.Parse(number, System.Globalization.CultureInfo.InvariantCulture)));

    private async Task<ChunkId> ChunkAsync(Corpus corpus, DocumentId document) =>
        ChunkId.From(await stack.ScalarAsync<Guid>("select id from chunks where tenant_id = $1 and document_id = $2", corpus.Tenant.Value, document.Value));

    private static async Task<List<ChunkId>> NearestAsync(Corpus corpus, HalfVector probe, RetrievalQuery? query = null)
    {
        var lists = await CandidateSearch.FindAsync(
            corpus.Database, corpus.Tenant, [new("nothing", "use-lite-en", probe)], query ?? new("nothing"), TestContext.Current.CancellationToken);
        return [.. lists[0].Candidates.Where(one => one.Cosine is not null).OrderByDescending(one => one.Cosine).Select(one => one.Id)];
    }

    // Whether a search goes through an HNSW index: Postgres counts the scans of a session.
    private static async Task<bool> IsIndexedAsync(Corpus corpus, HalfVector probe, DocumentId? within = null)
    {
        await using var work = await corpus.Database.BeginAsync(corpus.Tenant, TestContext.Current.CancellationToken);
        long before = await ScansAsync();
        await work.ScalarAsync<long>(
            "select count(*) from app.search('nothing', 'use-lite-en', $1, null, $2, null, 60)", TestContext.Current.CancellationToken,
            new NpgsqlParameter { DataTypeName = "halfvec", Value = probe },
            SqlParameter.Typed(NpgsqlDbType.Array | NpgsqlDbType.Uuid, within is { } one ? new[] { one.Value } : null));
        return await ScansAsync() > before;

        Task<long> ScansAsync() => work.ScalarAsync<long>(
            "select coalesce(sum(pg_stat_get_xact_numscans(oid)), 0)::bigint from pg_class where relname like 'vector_passages_hnsw%'",
            TestContext.Current.CancellationToken);
    }
}
