using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using AiSaas.Contracts;
using AiSaas.Contracts.Documents;
using AiSaas.Ingestion.Documents;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.Documents;

/// <summary>What was read or embedded once is not made again, and nothing of it outlives its document.</summary>
public sealed class ReuseTests(Product product) : IClassFixture<Product>
{
    private const string Text = "# Lamps\n\nThe lamp of the outer harbour burns until six.\n\n# Keepers\n\nIts keeper is called Abernathy and lives in the tower.";

    private const string NothingToEmbed = "; 0 of them need vectors";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_bytes_are_copied_from_the_document_that_has_them_and_stay_when_it_goes()
    {
        using var account = await product.RegisterAsync();
        var first = await IngestAsync(account, await account.CreateCollectionAsync("First"), "lamps.md", Text);

        var second = await IngestAsync(account, await account.CreateCollectionAsync("Second"), "lamps.md", Text);

        Assert.Contains("Took", await LogAsync(second), StringComparison.Ordinal);
        Assert.Equal(await RowsAsync(first), await RowsAsync(second));
        Assert.Equal((first.Pages, first.Chunks, first.Title), (second.Pages, second.Chunks, second.Title));
        Assert.Contains(NothingToEmbed, await LogAsync(second), StringComparison.Ordinal);
        using var deleted = await account.Http.DeleteAsync($"/api/documents/{first.Id}", Cancellation);
        Assert.Equal((long?)second.Chunks, await CountAsync("select count(*) from vector_passages v join chunks c on c.id = v.chunk_id where v.document_id = $1", second.Id));
        Assert.Equal(0, await CountAsync("select count(*) from embedding_cache where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task Under_another_name_pages_are_copied_and_passages_get_their_own_headers()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        const string untitled = "The lamp of the inner harbour burns until seven.";
        await IngestAsync(account, collection, "north.txt", untitled);

        var second = await IngestAsync(account, await account.CreateCollectionAsync(), "south.txt", untitled);

        Assert.Contains("Took", await LogAsync(second), StringComparison.Ordinal);
        Assert.Equal("south", await product.Stack.ScalarAsync<string>("select header from chunks where document_id = $1", second.Id));
    }

    [Fact]
    public async Task Another_reading_of_the_same_bytes_is_no_copy()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var first = await IngestAsync(account, collection, "lamps.md", Text);
        await product.Stack.ScalarAsync<object>("update documents set reading = 'an older release' where id = $1", first.Id);

        var second = await IngestAsync(account, await account.CreateCollectionAsync(), "lamps.md", Text);

        Assert.DoesNotContain("Took", await LogAsync(second), StringComparison.Ordinal);
        Assert.Equal(await RowsAsync(first), await RowsAsync(second));
    }

    [Fact]
    public async Task A_neighbour_workspace_gets_nothing_of_it()
    {
        using var one = await product.RegisterAsync();
        using var other = await product.RegisterAsync();
        await IngestAsync(one, await one.CreateCollectionAsync(), "lamps.md", Text);

        var second = await IngestAsync(other, await other.CreateCollectionAsync(), "lamps.md", Text);

        Assert.DoesNotContain("Took", await LogAsync(second), StringComparison.Ordinal);
        Assert.DoesNotContain(NothingToEmbed, await LogAsync(second), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_was_embedded_before_is_not_embedded_again()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var first = await IngestAsync(account, collection, "lamps.md", Text);

        // Other bytes, so that it is read; the same passages.
        var second = await IngestAsync(account, await account.CreateCollectionAsync(), "lamps.md", Text + "\n");

        string log = await LogAsync(second);
        Assert.DoesNotContain("Took", log, StringComparison.Ordinal);
        Assert.Contains(NothingToEmbed, log, StringComparison.Ordinal);
        Assert.Equal(await RowsAsync(first), await RowsAsync(second));
    }

    [Fact]
    public async Task Nothing_of_a_deleted_document_is_left_anywhere()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        const string secret = "zanzibarquartz";
        var document = await IngestAsync(account, collection, "secret.md", $"# Recipe\n\nThe {secret} is kept in the cellar behind the oak door.");
        string header = (await product.Stack.ScalarAsync<string>("select header from chunks where document_id = $1", document.Id))!;
        string text = (await product.Stack.ScalarAsync<string>("select text from chunks where document_id = $1", document.Id))!;
        string vector = (await product.Stack.ScalarAsync<string>("select embedding::text from chunks where document_id = $1", document.Id))!;
        string[] traces =
        [
            secret, Convert.ToHexStringLower(Encoding.UTF8.GetBytes(secret)), vector[..200], document.Id.ToString(),
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(EmbeddedText.Of(header, text)))),
        ];
        var before = await FindAsync(traces);
        Assert.Superset(new HashSet<string> { "chunks", "document_pages", "embedding_cache", "file_blocks", "lexical_passages", "vector_passages", "lexicon_terms" }, before);

        using var response = await account.Http.DeleteAsync($"/api/documents/{document.Id}", Cancellation);

        var receipt = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.Deleted, Cancellation))!.Receipt;
        Assert.Equal((1, 1), (receipt.CacheEntries, receipt.Vectors));
        // The job's own row says that a document of this id was read: ids, no content.
        Assert.Empty((await FindAsync(traces)).Except(["jobs"]));
        Assert.Empty(await FindAsync(traces[..3]));
    }

    [Fact]
    public async Task The_cache_forgets_the_oldest_beyond_its_bounds()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var older = await IngestAsync(account, collection, "older.md", Text);
        var newer = await IngestAsync(account, collection, "newer.md", "# Newer\n\nThe quay was built of granite.");
        IngestionExpiry expiry = product.WorkerServices.GetServices<IHostedService>().OfType<IngestionExpiry>().Single();

        Assert.False(await expiry.ExpireAsync(Cancellation));
        Assert.True(await CountAsync("select count(*) from embedding_cache where document_id = $1", older.Id) > 0);
        await product.Stack.ScalarAsync<int>("select app.expire_embeddings(interval '90 days', $1, 1000)", 1L);

        Assert.Equal(0, await CountAsync("select count(*) from embedding_cache where document_id = $1", older.Id));
        Assert.Equal(1, await CountAsync("select count(*) from embedding_cache where document_id = $1", newer.Id));
        await product.Stack.ScalarAsync<int>("select app.expire_embeddings(interval '-1 minute', 1000, 1000)");
        Assert.Equal(0, await CountAsync("select count(*) from embedding_cache where document_id = $1", newer.Id));
    }

    private static async Task<DocumentInfo> IngestAsync(Account account, Guid collection, string name, string text)
    {
        var uploaded = await account.UploadAsync(collection, name, text);
        var settled = await account.SettledAsync(uploaded.Id, Patience);
        Assert.Equal("ready", settled.Status);
        return settled;
    }

    // Tables that have one of these anywhere in a row, however it is stored.
    private async Task<HashSet<string>> FindAsync(string[] traces)
    {
        List<string> tables = [];
        await using (var command = product.Stack.Owner.CreateCommand("select tablename::text from pg_tables where schemaname = 'public'"))
        await using (var reader = await command.ExecuteReaderAsync(Cancellation))
        {
            while (await reader.ReadAsync(Cancellation))
            {
                tables.Add(reader.GetString(0));
            }
        }

        HashSet<string> found = [];
        foreach (string table in tables)
        {
            if (await product.Stack.ScalarAsync<bool>(
                $"select exists (select from {table} t, unnest($1::text[]) trace where position(trace in t::text) > 0)", (object)traces))
            {
                found.Add(table);
            }
        }

        return found;
    }

    private async Task<string> RowsAsync(DocumentInfo document) => (await product.Stack.ScalarAsync<string>(
        """
        select concat_ws('; ',
            (select string_agg(concat_ws('|', number, text, layout::text), ';' order by number) from document_pages where document_id = $1),
            (select string_agg((to_jsonb(c) - 'id' - 'collection_id' - 'document_id' - 'version')::text, ';' order by ordinal) from chunks c where document_id = $1))
        """,
        document.Id))!;

    private async Task<string> LogAsync(DocumentInfo document) => await Eventually.GetAsync(
        async () => await product.Stack.ScalarAsync<string>(
            "select string_agg(line, ' ' order by id) from job_logs where job_id = (select job_id from documents where id = $1)", document.Id) is { } log
            && log.Contains("passages", StringComparison.Ordinal) ? log : null,
        "the job's log is written");

    private Task<long> CountAsync(string sql, Guid id) => product.Stack.ScalarAsync<long>(sql, id);
}
