using System.Net;
using System.Net.Http.Json;
using System.Text;
using AiSaas.Contracts;
using AiSaas.Contracts.Documents;
using AiSaas.Contracts.Retrieval;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Uploads;

/// <summary>Archives through HTTP, with a real worker, database and Redis.</summary>
public sealed class ArchiveTests(Product product) : IClassFixture<Product>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_archive_becomes_a_document_of_each_file_and_deleting_it_takes_them_along()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] inner = ZipBytes.Of(("deep.txt", "The cellar key hangs behind the clock."));
        byte[] zip = ZipBytes.Of(
        [
            ("manuals/pump.md", Encoding.UTF8.GetBytes("# Pump\n\nThe pump is cleaned once a week.")),
            ("../../escape.txt", "The gate closes at nine."u8.ToArray()),
            ("notes/inner.zip", inner),
            ("__MACOSX/._pump.md", [0, 1, 2]),
            ("tools/run.exe", [0x4D, 0x5A, 0, 1, 2, 3]),
            ("large.txt", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 9000).Select(i => $"Line {i} of a long list of lamps.\n")))),
        ]);

        var uploaded = await account.UploadAsync(collection, "handbook.zip", zip);
        var info = await account.SettledAsync(uploaded.Id, Patience);

        Assert.Equal(("ready", "ready", "application/zip"), (info.Status, info.Stage, info.ContentType));
        Assert.Contains("1 file in it could not be read: tools/run.exe (", info.Notice, StringComparison.Ordinal);
        Assert.Equal(new ChildDocuments(4, 4, 0), info.Children);
        var children = await ListAsync(account, collection, $"?parent={info.Id}");
        Assert.Equal(["escape.txt", "large.txt", "manuals/pump.md", "notes/inner.zip"], children.Select(child => child.Name).Order(StringComparer.Ordinal));
        Assert.All(children, child => Assert.Equal(info.Id, child.ParentId));
        Assert.Equal([info.Id], (await ListAsync(account, collection, "?parent=top")).Select(document => document.Id));
        Assert.Equal(6, (await ListAsync(account, collection, "")).Count);
        using var search = await account.Http.PostAsJsonAsync("/api/search", new SearchRequest("Where does the cellar key hang?", [collection]), Cancellation);
        var hits = await search.Content.ReadFromJsonAsync(ContractsJson.Default.SearchResponse, Cancellation);
        Assert.Equal("deep.txt", hits!.Hits[0].DocumentName);

        using var deleted = await account.Http.DeleteAsync($"/api/documents/{info.Id}", Cancellation);

        Assert.Equal(6, (await deleted.Content.ReadFromJsonAsync(ContractsJson.Default.Deleted, Cancellation))!.Receipt.Documents);
        foreach (string table in (string[])["documents", "files", "file_blocks", "chunks", "document_pages", "lexical_passages", "vector_passages"])
        {
            Assert.Equal(0, await product.Stack.ScalarAsync<long>($"select count(*) from {table} where tenant_id = $1", account.TenantId));
        }
    }

    [Fact]
    public async Task An_archive_that_is_deleted_while_its_files_are_read_is_gone_with_all_of_them()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        for (int round = 1; round <= 3; round++)
        {
            var uploaded = await account.UploadAsync(
                collection, $"notes-{round}.zip", ZipBytes.Of(Enumerable.Range(0, 300).Select(number => ($"{number}.txt", $"Note {number} of round {round}."))));
            await Eventually.TrueAsync(
                async () => await product.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1 and status = 'ready'", account.TenantId) > 5 * round,
                "some files are read", Patience);

            using var deleted = await account.Http.DeleteAsync($"/api/documents/{uploaded.Id}", Cancellation);

            Assert.True(deleted.IsSuccessStatusCode, await deleted.Content.ReadAsStringAsync(Cancellation));
            Assert.Equal(301, (await deleted.Content.ReadFromJsonAsync(ContractsJson.Default.Deleted, Cancellation))!.Receipt.Documents);
            Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1", account.TenantId));
        }

        await Eventually.TrueAsync(
            async () => await product.Stack.ScalarAsync<long>(
                "select count(*) from jobs where tenant_id = $1 and status in ('queued', 'running', 'waiting')", account.TenantId) == 0, "no job goes on", Patience);
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from chunks where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task What_is_wrong_with_an_entry_is_said_and_the_rest_is_read()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] zip = ZipBytes.Of(
            ("good.txt", "The harbour opens at six."), ("secret.txt", "locked"), ("link.txt", "/etc/passwd"),
            ("liar.txt", "more than it says"), ("twice.txt", "one"), ("./twice.txt", "two"));
        ZipBytes.Encrypted(zip, 1);
        ZipBytes.Link(zip, 2);
        ZipBytes.Claiming(zip, 3, 4);

        var info = await account.SettledAsync((await account.UploadAsync(collection, "odd.zip", zip)).Id, Patience);

        Assert.Equal("ready", info.Status);
        Assert.Equal(new ChildDocuments(2, 2, 0), info.Children);
        foreach (string reason in (string[])["secret.txt (encrypted)", "link.txt (a link to another place)", "liar.txt (damaged)", "twice.txt (another file in it has the same name)"])
        {
            Assert.Contains(reason, info.Notice, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bombs_and_broken_archives_fail_in_words_and_make_nothing()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] overlapping = ZipBytes.Moved(ZipBytes.Of(("a.txt", "one"), ("b.txt", "two")), 1, 0);
        byte[] huge = ZipBytes.Of(("a.txt", "one"), ("b.txt", "two"));
        ZipBytes.Claiming(huge, 0, 0xFFFFFFF0);
        ZipBytes.Claiming(huge, 1, 0xFFFFFFF0);
        byte[] cut = ZipBytes.Of(("a.txt", "one"))[..^30];
        byte[] nothing = ZipBytes.Of(("a.exe", "MZ\0\u0001\u0002\u0003"));
        byte[] ratio = ZipBytes.Of([("zeros.txt", new byte[60 << 20])]);

        async Task<string?> CodeAsync(string name, byte[] content) =>
            (await account.SettledAsync((await account.UploadAsync(collection, name, content)).Id, Patience)).Error?.Code;

        Assert.Equal("documents:unpacks-too-large", await CodeAsync("overlapping.zip", overlapping));
        Assert.Equal("documents:unpacks-too-large", await CodeAsync("huge.zip", huge));
        Assert.Equal("documents:damaged", await CodeAsync("cut.zip", cut));
        Assert.Equal("documents:nothing-readable", await CodeAsync("nothing.zip", nothing));
        Assert.Equal("documents:nothing-readable", await CodeAsync("ratio.zip", ratio));
        Assert.Equal(5, await product.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_changed_archive_renews_what_changed_and_drops_what_is_gone()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var first = await account.UploadAsync(collection, "set.zip", ZipBytes.Of(("same.txt", "The harbour opens at six."), ("new.txt", "Bread costs two."), ("gone.txt", "Old news.")));
        await account.SettledAsync(first.Id, Patience);
        var before = (await ListAsync(account, collection, $"?parent={first.Id}")).ToDictionary(child => child.Name);

        var again = await account.UploadAsync(collection, "set.zip", ZipBytes.Of(("same.txt", "The harbour opens at six."), ("new.txt", "Bread costs three."), ("more.txt", "Fish on Friday.")));
        await Eventually.TrueAsync(
            async () => await product.Stack.ScalarAsync<string>("select status from jobs where id = $1", again.JobId!.Value) == "succeeded", "the new version is read", Patience);

        Assert.Equal((first.Id, first.Id), (again.Id, again.Replaces));
        var after = (await ListAsync(account, collection, $"?parent={first.Id}")).ToDictionary(child => child.Name);
        Assert.Equal(["more.txt", "new.txt", "same.txt"], after.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((before["same.txt"].Id, before["same.txt"].JobId), (after["same.txt"].Id, after["same.txt"].JobId));
        Assert.Equal(before["new.txt"].Id, after["new.txt"].Id);
        Assert.Equal("Bread costs three.", await account.Http.GetStringAsync($"/api/documents/{after["new.txt"].Id}/file", Cancellation));
        Assert.Equal(4, await product.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1 and status <> 'ready'", account.TenantId));
    }

    private static async Task<IReadOnlyList<DocumentInfo>> ListAsync(Account account, Guid collection, string query)
    {
        using var response = await account.Http.GetAsync($"/api/collections/{collection}/documents{query}", Cancellation);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.PageDocumentInfo, Cancellation))!.Items;
    }
}
