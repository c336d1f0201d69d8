using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Retrieval;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Uploads;

/// <summary>What an upload is to what is there already.</summary>
public sealed class VersionTests(Product product) : IClassFixture<Product>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_content_again_is_the_same_document_unless_a_copy_is_asked_for()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var first = await account.UploadAsync(collection, "tides.txt", "High water is at noon.");
        await account.SettledAsync(first.Id, Patience);

        var again = await account.UploadAsync(collection, "tides.txt", "High water is at noon.");
        var renamed = await account.UploadAsync(collection, "copy of tides.txt", "High water is at noon.");
        var elsewhere = await account.UploadAsync(await account.CreateCollectionAsync("Other"), "tides.txt", "High water is at noon.");
        using MultipartFormDataContent form = new() { { new StringContent("High water is at noon."), "files", "tides.txt" } };
        using var kept = await account.Http.PostAsync($"/api/collections/{collection}/documents?duplicates=keep", form, Cancellation);

        Assert.Equal((first.Id, first.Id, "ready"), (again.Id, again.DuplicateOf, again.Status));
        Assert.Equal((first.Id, first.Id, "tides.txt"), (renamed.Id, renamed.DuplicateOf, renamed.Name));
        Assert.Null(elsewhere.DuplicateOf);
        var copy = (await kept.Content.ReadFromJsonAsync(ContractsJson.Default.UploadAccepted, Cancellation))!.Documents.Single();
        Assert.NotEqual(first.Id, copy.Id);
        Assert.Null(copy.DuplicateOf);
        Assert.Equal(3, await product.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task Two_who_upload_the_same_at_once_make_one_document()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => account.UploadAsync(collection, "same.txt", "Both of us found this file.")));
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => account.UploadAsync(collection, "versions.txt", $"This is version {number}.")));

        Assert.Single(answers.Select(answer => answer.Id).Distinct());
        Assert.Equal(7, answers.Count(answer => answer.DuplicateOf is not null));
        Assert.Single(versions.Select(answer => answer.Id).Distinct());
        Assert.Equal(7, versions.Count(answer => answer.Replaces is not null));
        Assert.Equal("ready", (await account.SettledAsync(answers[0].Id, Patience)).Status);
        await QuietAsync(account);
        Assert.Equal(2, await product.Stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1 and status = 'ready'", account.TenantId));
        Assert.Equal(2, await product.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
        Assert.Equal(2, await product.Stack.ScalarAsync<long>("select count(*) from chunks where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_changed_file_of_the_same_name_is_the_documents_next_version()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var first = await account.UploadAsync(collection, "prices.md", "# Prices\n\nA loaf costs two crowns.");
        await account.SettledAsync(first.Id, Patience);

        var second = await account.UploadAsync(collection, "prices.md", "# Prices\n\nA loaf costs three crowns.");
        await QuietAsync(account);

        Assert.Equal((first.Id, first.Id, "ready"), (second.Id, second.Replaces, second.Status));
        using var search = await account.Http.PostAsJsonAsync("/api/search", new SearchRequest("What does a loaf cost?", [collection]), Cancellation);
        var hit = Assert.Single((await search.Content.ReadFromJsonAsync(ContractsJson.Default.SearchResponse, Cancellation))!.Hits);
        Assert.Contains("three crowns", hit.Text, StringComparison.Ordinal);
        Assert.Equal("# Prices\n\nA loaf costs three crowns.", await account.Http.GetStringAsync($"/api/documents/{first.Id}/file", Cancellation));
        Assert.Equal(1, await product.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_new_version_that_cannot_be_read_leaves_the_one_before_as_it_was()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        string page = "<h1>Opening hours</h1><p>The museum opens at ten.</p>";
        var first = await account.UploadAsync(collection, "hours.html", page);
        var before = await account.SettledAsync(first.Id, Patience);

        await account.UploadAsync(collection, "hours.html", "<html><body><script>nothing()</script></body></html>");
        await QuietAsync(account);

        var after = await account.SettledAsync(first.Id, Patience);
        Assert.Equal(("ready", "ready", "Opening hours", before.Bytes, before.Chunks), (after.Status, after.Stage, after.Title, after.Bytes, after.Chunks));
        Assert.Contains("newer upload", after.Notice, StringComparison.Ordinal);
        Assert.Equal(page, await account.Http.GetStringAsync($"/api/documents/{first.Id}/file", Cancellation));
        Assert.Equal((long)before.Chunks!, await product.Stack.ScalarAsync<long>("select count(*) from chunks where tenant_id = $1", account.TenantId));
        Assert.Equal(1, await product.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1 and superseded is null", account.TenantId));
    }

    [Fact]
    public async Task Folders_are_part_of_the_name_and_ways_out_of_them_are_not()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();

        var first = await account.UploadAsync(collection, "guides/2026/../pump.md", "Oil it.");
        var second = await account.UploadAsync(collection, "guides/pump.md", "Oil it well.");

        Assert.Equal(["guides/2026/pump.md", "guides/pump.md"], [first.Name, second.Name]);
        await account.SettledAsync(first.Id, Patience);
        using var file = await account.Http.GetAsync($"/api/documents/{first.Id}/file", Cancellation);
        Assert.Equal("pump.md", file.Content.Headers.ContentDisposition?.FileName);
    }

    private Task QuietAsync(Account account) => Eventually.TrueAsync(
        async () => await product.Stack.ScalarAsync<long>(
            "select count(*) from jobs where tenant_id = $1 and status in ('queued', 'running', 'waiting')", account.TenantId) == 0,
        "all jobs end", Patience);
}
