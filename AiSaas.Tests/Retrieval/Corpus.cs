using AiSaas.Core.Documents;
using AiSaas.Core.Persistence;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Models;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Llm;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace AiSaas.Tests.Retrieval;

/// <summary>A tenant with documents, written through the tables and the indexer that ingestion uses.</summary>
internal sealed class Corpus : IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;

    private Corpus(NpgsqlDataSource source, TenantId tenant, CollectionId home)
    {
        (_source, Tenant, Home) = (source, tenant, home);
        Database = new(source);
    }

    public TenantId Tenant { get; }

    /// <summary>The collection that documents go to when none is named.</summary>
    public CollectionId Home { get; }

    public TenantDatabase Database { get; }

    public NpgsqlDataSource Source => _source;

    public static async Task<Corpus> MakeAsync(Stack stack)
    {
        var source = PersistenceServices.DataSource(stack.Postgres);
        Corpus corpus = new(source, TenantId.New(), CollectionId.New());
        await using var work = await corpus.Database.BeginAsync(corpus.Tenant, CancellationToken.None);
        await work.ExecuteAsync("insert into tenants (id, name) values ($1, 'Test')", CancellationToken.None, corpus.Tenant);
        await work.CommitAsync(CancellationToken.None);
        await corpus.AddCollectionAsync(corpus.Home);
        return corpus;
    }

    public Task AddCollectionAsync(CollectionId id) => Database.RunAsync(
        Tenant,
        (work, token) => work.ExecuteAsync("insert into collections (id, tenant_id, name) values ($1, $2, 'Manuals')", token, id, work.Tenant),
        CancellationToken.None);

    /// <summary>A document of one version, a passage a text; vectors only where <paramref name="embed"/>.</summary>
    public async Task<DocumentId> AddAsync(
        string[] texts, string header = "", string language = "english", string type = "text/plain", CollectionId? collection = null, bool embed = false)
    {
        var document = DocumentId.New();
        await using var work = await Database.BeginAsync(Tenant, CancellationToken.None);
        await work.ExecuteAsync(
            """
            insert into documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage)
            values ($1, $2, $3, 'document', $4, 1, ''::bytea, 'queued', 'queued')
            """,
            CancellationToken.None, document, Tenant, collection ?? Home, type);
        await WriteAsync(work, document, 1, texts, header, language, embed);
        await work.CommitAsync(CancellationToken.None);
        return document;
    }

    /// <summary>Replaces a document by a new version in one transaction, as a new upload does.</summary>
    public async Task ReplaceAsync(DocumentId document, int version, params string[] texts)
    {
        await using var work = await Database.BeginAsync(Tenant, CancellationToken.None);
        await WriteAsync(work, document, version, texts, "", "english", embed: false);
        await work.CommitAsync(CancellationToken.None);
    }

    public async Task WriteAsync(
        TenantWork work, DocumentId document, int version, string[] texts, string header = "", string language = "english", bool embed = false)
    {
        for (int i = 0; i < texts.Length; i++)
        {
            string? vector = embed ? await VectorAsync(texts[i]) : null;
            await work.ExecuteAsync(
                """
                insert into chunks (id, tenant_id, collection_id, document_id, version, ordinal, page, start_offset, end_offset, header, text,
                    tokens, language, embedding, space)
                select $1, $2, d.collection_id, d.id, $4, $5, 1, $5 * 10000, $5 * 10000 + $6, $7, $8, 0, $9, $10::halfvec, $11
                from documents d where d.tenant_id = $2 and d.id = $3
                """,
                CancellationToken.None, ChunkId.New(), Tenant, document, (long)version, i, Math.Max(1, texts[i].Length), header, texts[i], language,
                SqlParameter.Typed(NpgsqlDbType.Text, vector), SqlParameter.Typed(NpgsqlDbType.Text, embed ? "use-lite-en" : null));
        }

        await work.ExecuteAsync(
            "update documents set version = $3, status = 'ready', stage = 'ready' where tenant_id = $1 and id = $2",
            CancellationToken.None, Tenant, document, (long)version);
        await ChunkIndexer.IndexAsync(work, document, version, CancellationToken.None);
    }

    /// <summary>The product's retriever; without the model's files it searches by words alone.</summary>
    public Retriever Retriever(bool withModel = false)
    {
        GatewayOptions options = new() { LocalModelFolder = withModel ? LocalModel.Folder : "/nowhere" };
        return new(
            Database,
            new QuestionEmbedder(
                new EmbeddingCatalog(Options.Create(options), TimeProvider.System), new EmbeddingSpaces(_source, TimeProvider.System),
                TimeProvider.System, NullLogger<QuestionEmbedder>.Instance),
            TimeProvider.System);
    }

    public Task<RetrievalResult> FindAsync(string question) =>
        Retriever().FindAsync(Tenant, new(question), TestContext.Current.CancellationToken);

    /// <summary>Whether the statistics that triggers keep equal those counted afresh from the passages.</summary>
    public static async Task AssertStatisticsAsync(Stack stack)
    {
        Assert.Equal(0, await stack.ScalarAsync<long>(
            """
            with kept as (select number, passages::numeric, length::numeric from lexicons where passages > 0 or length > 0),
                counted as (select lexicon, count(*)::numeric, sum(length)::numeric from lexical_passages where length > 0 group by 1)
            select count(*) from ((table kept except table counted) union all (table counted except table kept)) different
            """));
        Assert.Equal(0, await stack.ScalarAsync<long>(
            """
            with kept as (select lexicon, term, passages::bigint from lexicon_terms),
                counted as (select lexicon, lexeme, count(*) from lexical_passages, unnest(lexemes) group by 1, 2)
            select count(*) from ((table kept except table counted) union all (table counted except table kept)) different
            """));
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static async Task<string> VectorAsync(string text)
    {
        var vector = await LocalModel.Embedder.GenerateVectorAsync(text);
        return new HalfVector(Array.ConvertAll(vector.ToArray(), number => (Half)number)).ToString();
    }
}
