using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using AiSaas.Contracts;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Documents;

/// <summary>Documents through HTTP, with a real worker, database and Redis.</summary>
public sealed class DocumentTests(Product product) : IClassFixture<Product>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upload_becomes_pages_passages_and_vectors_and_the_original_stays_as_it_was()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] pdf = new MiniPdf { Title = "Pump manual" }
            .Page((60, 780, 20, "Safety"), (60, 700, 11, "The pump must be off before the cover is opened."))
            .Page((60, 780, 20, "Care"), (60, 700, 11, "Oil the bearing every ninety days."))
            .Build();

        var uploaded = await account.UploadAsync(collection, "pump.pdf", pdf);
        var info = await account.SettledAsync(uploaded.Id, Patience);

        Assert.Equal(("ready", "ready", 1.0, 2, "Pump manual", pdf.Length), (info.Status, info.Stage, info.Progress, info.Pages, info.Title, info.Bytes));
        var page = await GetAsync(account, $"/api/documents/{info.Id}/pages/2", ContractsJson.Default.DocumentPage);
        var chunks = await GetAsync(account, $"/api/documents/{info.Id}/chunks", ContractsJson.Default.PageDocumentChunk);
        var second = chunks.Items.Single(chunk => chunk.Page == 2);
        Assert.Equal(info.Chunks, chunks.Items.Count);
        Assert.Equal(page.Text[second.Start..second.End], second.Text);
        Assert.Equal("Care", second.Section);
        Assert.Contains(page.Boxes, box => page.Text[box.Start..box.End] == "ninety");
        Assert.Equal(chunks.Items.Count, await CountAsync("select count(*) from chunks where document_id = $1 and embedding is not null and space is not null", info.Id));
        Assert.Equal(pdf, await account.Http.GetByteArrayAsync($"/api/documents/{info.Id}/file", Cancellation));
    }

    [Fact]
    public async Task The_original_is_sent_in_ranges_and_never_rendered()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] page = Encoding.UTF8.GetBytes("<p>Refunds take 14 days.</p>" + new string('x', 3 << 20));
        var uploaded = await account.UploadAsync(collection, "evil; filename=x.html", page);
        using HttpRequestMessage request = new(HttpMethod.Get, $"/api/documents/{uploaded.Id}/file");
        request.Headers.Range = new RangeHeaderValue((1 << 20) - 2, (1 << 20) + 1);

        using var response = await account.Http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(page[((1 << 20) - 2)..((1 << 20) + 2)], await response.Content.ReadAsByteArrayAsync(Cancellation));
        Assert.Equal("attachment", response.Content.Headers.ContentDisposition?.DispositionType);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.StartsWith("sandbox", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_cannot_be_read_fail_in_words_and_the_rest_of_the_request_survives()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        using MultipartFormDataContent form = new()
        {
            { new ByteArrayContent([]), "files", "empty.txt" },
            { new ByteArrayContent([0x7F, (byte)'E', (byte)'L', (byte)'F', 0, 1, 2, 3, 0, 0]), "files", "program.pdf" },
            { new ByteArrayContent([0x89, (byte)'P', (byte)'N', (byte)'G', 0, 0]), "files", "photo.png" },
            { new ByteArrayContent(new MiniPdf().Scan().Build()), "files", "scan.pdf" },
            { new StringContent("Refunds take 14 days."), "files", "good.txt" },
        };

        using var response = await account.Http.PostAsync($"/api/collections/{collection}/documents", form, Cancellation);

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var documents = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.UploadAccepted, Cancellation))!.Documents;
        Assert.Equal(["failed", "failed", "failed", "queued", "queued"], documents.Select(document => document.Status));
        Assert.Equal(
            ["documents:empty", "documents:not-what-it-says", "documents:unsupported"],
            documents.Take(3).Select(document => document.Error!.Code));
        var scan = await account.SettledAsync(documents[3].Id, Patience);
        Assert.Equal("documents:no-text", scan.Error!.Code);
        Assert.Contains("pictures", scan.Error.Detail, StringComparison.Ordinal);
        Assert.Equal("ready", (await account.SettledAsync(documents[4].Id, Patience)).Status);
        var failed = await GetAsync(account, $"/api/collections/{collection}/documents?status=failed", ContractsJson.Default.PageDocumentInfo);
        Assert.Equal(4, failed.Items.Count);
        Assert.Equal(0, await CountAsync("select count(*) from document_pages where document_id = $1", scan.Id));
    }

    [Fact]
    public async Task Deleting_removes_every_trace_and_counts_it()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var uploaded = await account.UploadAsync(collection, "guide.md", "# Guide\n\nThe harbour opens at six.\n\n## Winter\n\nIn winter it opens at eight.");
        var info = await account.SettledAsync(uploaded.Id, Patience);

        using var response = await account.Http.DeleteAsync($"/api/documents/{info.Id}", Cancellation);

        var receipt = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.Deleted, Cancellation))!.Receipt;
        Assert.Equal((1, info.Pages, info.Chunks, info.Chunks, info.Chunks, 1, info.Bytes), (receipt.Documents, receipt.Pages, receipt.Chunks, receipt.Vectors, receipt.Terms, receipt.Files, receipt.Bytes));
        Assert.Equal(info.Chunks, receipt.CacheEntries);
        await AssertNoTraceAsync(info.Id);
        Assert.Equal(HttpStatusCode.NotFound, (await account.Http.GetAsync($"/api/documents/{info.Id}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await account.Http.DeleteAsync($"/api/documents/{info.Id}", Cancellation)).StatusCode);
    }

    [Fact]
    public async Task A_document_deleted_while_it_is_read_does_not_come_back()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        string text = string.Concat(Enumerable.Range(0, 4000).Select(i => $"Paragraph {i} tells of the lamps along the coast and of those who kept them.\n\n"));
        var uploaded = await account.UploadAsync(collection, "long.txt", text);
        await Eventually.TrueAsync(
            async () => await CountAsync("select count(*) from chunks where document_id = $1 and embedding is not null", uploaded.Id) > 0,
            "embedding has begun", Patience);

        using var response = await account.Http.DeleteAsync($"/api/documents/{uploaded.Id}", Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await Eventually.TrueAsync(
            async () => await product.Stack.ScalarAsync<string>("select status from jobs where id = $1", uploaded.JobId!.Value) == "canceled",
            "the job ends as canceled", Patience);
        await AssertNoTraceAsync(uploaded.Id);
    }

    [Fact]
    public async Task Events_show_the_state_at_once_then_each_change_and_end_when_it_is_final()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var uploaded = await account.UploadAsync(collection, "note.md", "# Note\n\nThe harbour opens at six.");

        string events = await account.Http.GetStringAsync($"/api/documents/{uploaded.Id}/events", Cancellation);

        string[] data = [.. events.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal))];
        Assert.Contains("\"status\":\"ready\"", data[^1], StringComparison.Ordinal);
        string last = events.Split('\n').Last(line => line.StartsWith("id: ", StringComparison.Ordinal))[4..];
        using HttpRequestMessage again = new(HttpMethod.Get, $"/api/documents/{uploaded.Id}/events");
        again.Headers.Add("Last-Event-ID", last);
        using var ended = await account.Http.SendAsync(again, Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
    }

    [Fact]
    public async Task A_failed_document_can_be_tried_again_and_a_ready_one_cannot()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var uploaded = await account.UploadAsync(collection, "note.txt", "The harbour opens at six.");
        await account.SettledAsync(uploaded.Id, Patience);
        using var refused = await account.Http.PostAsync($"/api/documents/{uploaded.Id}/retry", null, Cancellation);
        await product.Stack.ScalarAsync<object>("update documents set status = 'failed', stage = 'failed', error_code = 'documents:gave-up' where id = $1", uploaded.Id);

        using var accepted = await account.Http.PostAsync($"/api/documents/{uploaded.Id}/retry", null, Cancellation);

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var info = await account.SettledAsync(uploaded.Id, Patience);
        Assert.Equal(("ready", (int?)1), (info.Status, info.Chunks));
        Assert.Equal(1, await CountAsync("select count(*) from lexical_passages where document_id = $1", info.Id));
    }

    [Fact]
    public async Task The_sample_is_added_once_however_often_it_is_asked_for_and_suggests_questions()
    {
        using var account = await product.RegisterAsync();
        var empty = await GetAsync(account, "/api/suggestions", ContractsJson.Default.Suggestions);

        var added = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            using var response = await account.Http.PostAsync("/api/samples", null, Cancellation);
            Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
            return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.SampleAdded, Cancellation))!.DocumentId;
        }));

        var sample = await account.SettledAsync(added[0], Patience);
        Assert.Single(added.Distinct());
        Assert.Equal(("ready", "How AiSaas answers from your documents"), (sample.Status, sample.Title));
        Assert.Empty(empty.Questions);
        var suggestions = await GetAsync(account, "/api/suggestions", ContractsJson.Default.Suggestions);
        Assert.Equal((1, 1), (suggestions.Collections, suggestions.Documents));
        Assert.Equal(SampleDocument.Questions, suggestions.Questions);
        Assert.Equal(1, await CountAsync("select count(*) from files where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_collection_is_renamed_listed_and_deleted_with_all_it_holds()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync("First");
        var uploaded = await account.UploadAsync(collection, "note.txt", "The harbour opens at six.");
        await account.SettledAsync(uploaded.Id, Patience);

        using var renamed = await account.Http.PatchAsJsonAsync($"/api/collections/{collection}", new UpdateCollectionRequest("Second", "About harbours"), Cancellation);
        using var unnamed = await account.Http.PostAsJsonAsync("/api/collections", new CreateCollectionRequest("  "), Cancellation);

        Assert.Equal("collections:bad-name", (await Account.ProblemAsync(unnamed)).Code);
        var listed = (await GetAsync(account, "/api/collections", ContractsJson.Default.PageCollectionSummary)).Items.Single();
        Assert.Equal(("Second", "About harbours", 1, 1), (listed.Name, listed.Description, listed.Documents, listed.Ready));
        using var deleted = await account.Http.DeleteAsync($"/api/collections/{collection}", Cancellation);
        Assert.Equal(1, (await deleted.Content.ReadFromJsonAsync(ContractsJson.Default.Deleted, Cancellation))!.Receipt.Documents);
        await AssertNoTraceAsync(uploaded.Id);
        Assert.Equal(0, await CountAsync("select count(*) from collections where id = $1", collection));
    }

    // Looks into every table that has a column for it, so that a table made later is looked into as well.
    private async Task AssertNoTraceAsync(Guid document)
    {
        await using var command = product.Stack.Owner.CreateCommand(
            "select table_name::text, column_name::text from information_schema.columns where table_schema = 'public' and data_type = 'uuid' and column_name in ('document_id', 'file_id', 'id')");
        List<(string Table, string Column)> places = [];
        await using (var reader = await command.ExecuteReaderAsync(Cancellation))
        {
            while (await reader.ReadAsync(Cancellation))
            {
                places.Add((reader.GetString(0), reader.GetString(1)));
            }
        }

        Assert.Contains(("chunks", "document_id"), places);
        foreach (var (table, column) in places)
        {
            Assert.True(0 == await CountAsync($"select count(*) from {table} where {column} = $1", document), $"{table}.{column} still has the document");
        }

        Assert.Equal(0, await CountAsync("select count(*) from file_blocks b where not exists (select from files f where f.id = b.file_id) and $1::uuid is not null", document));
        Assert.Equal(0, await CountAsync("select count(*) from files where document_id is null and $1::uuid is not null", document));
    }

    private Task<long> CountAsync(string sql, Guid id) => product.Stack.ScalarAsync<long>(sql, id);

    private static async Task<T> GetAsync<T>(Account account, string path, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> shape) =>
        (await account.Http.GetFromJsonAsync(path, shape, Cancellation))!;
}
