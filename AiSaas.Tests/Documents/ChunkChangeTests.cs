using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Documents;
using AiSaas.Contracts.Retrieval;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Documents;

/// <summary>Chunks that people switch off and correct, through HTTP.</summary>
public sealed class ChunkChangeTests(Product product) : IClassFixture<Product>
{
    private const string Guide =
        """
        # Harbour guide

        ## Summer

        The harbour opens at six in summer, and the lantern is lit at nine.

        ## Winter

        In winter the harbour opens at eight, and the lantern is lit at four.

        ## Pilots

        Pilots are called by radio on channel twelve.
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_chunk_that_is_switched_off_is_found_by_nobody_and_comes_back_with_its_statistics()
    {
        using var account = await product.RegisterAsync();
        var (_, chunks) = await UploadAsync(account);
        var pilots = chunks.Single(chunk => chunk.Section!.EndsWith("Pilots", StringComparison.Ordinal));
        string before = await StatisticsAsync(account.TenantId);

        var off = await ChangedAsync(account, pilots.Id, new { enabled = false });

        Assert.Equal((false, 1), (off.Enabled, off.Revision));
        Assert.DoesNotContain(await SearchAsync(account, "pilots radio channel twelve"), hit => hit.ChunkId == pilots.Id);
        Assert.DoesNotContain(await SearchAsync(account, "how do I reach somebody who guides ships?"), hit => hit.ChunkId == pilots.Id);
        Assert.Equal(0, await CountAsync("lexicon_terms", "term = 'pilot'", account.TenantId));
        Assert.Equal(0, await CountAsync("vector_passages", $"chunk_id = '{pilots.Id}'", account.TenantId));
        Assert.Equal(chunks.Count - 1, await CountAsync("lexical_passages", "true", account.TenantId));

        var on = await ChangedAsync(account, pilots.Id, new { enabled = true });

        Assert.True(on.Enabled);
        Assert.Equal(pilots.Id, (await SearchAsync(account, "pilots radio channel twelve"))[0].ChunkId);
        Assert.Equal(before, await StatisticsAsync(account.TenantId));
    }

    [Fact]
    public async Task A_corrected_text_is_found_instead_of_the_pages_which_can_be_put_back()
    {
        using var account = await product.RegisterAsync();
        var (document, chunks) = await UploadAsync(account);
        var winter = chunks.Single(chunk => chunk.Section!.EndsWith("Winter", StringComparison.Ordinal));
        string before = await StatisticsAsync(account.TenantId);

        var edited = await ChangedAsync(account, winter.Id, new { text = "In winter the quay opens at noon. 🐧 Sledges are for hire.", revision = 0 });

        Assert.Equal((true, winter.Text, 1), (edited.Edited, edited.Original, edited.Revision));
        var hit = (await SearchAsync(account, "sledges for hire"))[0];
        Assert.Equal((winter.Id, edited.Text, winter.Start, winter.End, true), (hit.ChunkId, hit.Text, hit.Start, hit.End, hit.Edited));
        Assert.Equal(0, await CountAsync("lexicon_terms", "term = 'four'", account.TenantId));
        var detail = await account.Http.GetFromJsonAsync($"/api/chunks/{winter.Id}", ContractsJson.Default.ChunkDetail, Cancellation);
        Assert.Equal((document, edited.Text), (detail!.DocumentId, detail.Chunk.Text));
        Assert.Equal(chunks.Where(chunk => chunk.Ordinal < winter.Ordinal).TakeLast(2).Select(chunk => chunk.Id), detail.Before.Select(chunk => chunk.Id));
        var change = Assert.Single(detail.Changes);
        Assert.Equal(("edited", account.Email, true, winter.Text, edited.Text), (change.Kind, change.By, change.ByKey, change.Before, change.After));

        using var late = await PatchAsync(account, winter.Id, new { text = "Somebody was slower.", revision = 0 });
        using var empty = await PatchAsync(account, winter.Id, new { text = "  " });
        using var odd = await PatchAsync(account, winter.Id, new { text = 5 });
        Assert.Equal((HttpStatusCode.Conflict, HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (late.StatusCode, empty.StatusCode, odd.StatusCode));

        var reset = await ChangedAsync(account, winter.Id, new { text = (string?)null });

        Assert.Equal((false, winter.Text, null), (reset.Edited, reset.Text, reset.Original));
        Assert.Equal(before, await StatisticsAsync(account.TenantId));
    }

    [Fact]
    public async Task Reading_the_document_again_keeps_what_was_changed_of_texts_that_are_still_there()
    {
        using var account = await product.RegisterAsync();
        var (document, chunks) = await UploadAsync(account);
        var (winter, pilots) = (chunks.Single(chunk => chunk.Section!.EndsWith("Winter", StringComparison.Ordinal)), chunks[^1]);
        await ChangedAsync(account, winter.Id, new { text = "In winter the quay opens at noon. Sledges are for hire." });
        await ChangedAsync(account, pilots.Id, new { enabled = false });
        await product.Stack.ScalarAsync<object>("update documents set status = 'failed', stage = 'failed', error_code = 'documents:gave-up' where id = $1", document);

        using var retried = await account.Http.PostAsync($"/api/documents/{document}/retry", null, Cancellation);
        await account.SettledAsync(document);

        var again = await ChunksAsync(account, document);
        Assert.Equal(chunks.Count, again.Count);
        Assert.DoesNotContain(again, chunk => chunk.Id == winter.Id);
        var kept = again.Single(chunk => chunk.Edited);
        Assert.Equal((winter.Text, "In winter the quay opens at noon. Sledges are for hire."), (kept.Original, kept.Text));
        Assert.Equal(pilots.Text, again.Single(chunk => !chunk.Enabled).Text);
        Assert.Equal(kept.Id, (await SearchAsync(account, "sledges for hire"))[0].ChunkId);
        Assert.Empty(await SearchAsync(account, "radio channel twelve"));
        Assert.Equal(chunks.Count - 1, await CountAsync("vector_passages", "true", account.TenantId));
        var detail = await account.Http.GetFromJsonAsync($"/api/chunks/{kept.Id}", ContractsJson.Default.ChunkDetail, Cancellation);
        Assert.Equal("edited", Assert.Single(detail!.Changes).Kind);
    }

    [Fact]
    public async Task The_same_file_brought_again_is_read_as_it_is_whatever_was_corrected_in_the_other()
    {
        using var account = await product.RegisterAsync();
        var (_, chunks) = await UploadAsync(account);
        await ChangedAsync(account, chunks[^1].Id, new { text = "Pilots are called by pigeon." });
        await ChangedAsync(account, chunks[0].Id, new { enabled = false });

        var (_, copied) = await UploadAsync(account);

        Assert.Equal(chunks.Select(chunk => chunk.Text), copied.Select(chunk => chunk.Text));
        Assert.All(copied, chunk => Assert.True(chunk is { Enabled: true, Edited: false }));
        Assert.Equal(copied.Count, await product.Stack.ScalarAsync<long>(
            "select count(*) from chunks where tenant_id = $1 and id = any($2) and embedding is not null", account.TenantId, copied.Select(chunk => chunk.Id).ToArray()));
    }

    [Fact]
    public async Task A_search_that_asks_for_it_gets_each_hit_in_its_surroundings_once()
    {
        using var account = await product.RegisterAsync();
        string text = "# Pumps\n\n" + string.Join("\n\n", Enumerable.Range(1, 9).Select(i => $"Step {i} concerns valve {i}. " + string.Concat(Enumerable.Repeat($"Turn valve {i} slowly and wait. ", 20))));
        var (_, chunks) = await UploadAsync(account, text);

        using var response = await account.Http.PostAsJsonAsync("/api/search", new SearchRequest("step 5 concerns valve 5", Limit: 2, Expand: true), Cancellation);
        var hits = (await response.Content.ReadFromJsonAsync(ContractsJson.Default.SearchResponse, Cancellation))!.Hits;

        var first = chunks.Single(chunk => chunk.Id == hits[0].ChunkId);
        Assert.Equal(first.Text, hits[0].Text);
        Assert.Contains(first.Text, hits[0].Context, StringComparison.Ordinal);
        Assert.True(hits[0].Context!.Length > hits[0].Text.Length);
        Assert.All(chunks.Where(chunk => chunk.Parent != first.Parent), chunk => Assert.DoesNotContain(chunk.Text, hits[0].Context!, StringComparison.Ordinal));
        Assert.All(chunks, chunk => Assert.InRange(hits.Count(hit => hit.Context!.Contains(chunk.Text, StringComparison.Ordinal)), 0, 1));
        Assert.All(await SearchAsync(account, "step 5 concerns valve 5"), hit => Assert.Null(hit.Context));
    }

    [Fact]
    public async Task An_answer_from_a_PDF_cites_with_boxes_and_says_what_it_is_worth()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] pdf = new MiniPdf().Page((60, 780, 20, "Care"), (60, 700, 11, "Oil the bearing of the pump every ninety days.")).Build();
        await account.SettledAsync((await account.UploadAsync(collection, "pump.pdf", pdf)).Id);
        var conversation = await account.StartConversationAsync();

        var asked = await account.AskAsync(conversation, "How often must the bearing of the pump be oiled?");
        var answer = await account.AnswerAsync(conversation, asked.AssistantMessageId);
        string events = await account.Http.GetStringAsync($"/api/runs/{asked.RunId}/events", Cancellation);

        Assert.Equal("grounded", answer.Grounding?.Verdict);
        var cited = answer.Citations[0];
        var box = Assert.Single(cited.Boxes!);
        Assert.InRange(box.X, 55, 65);
        Assert.InRange(box.Width, 100, 400);
        using var streamed = JsonDocument.Parse(events.Split('\n').First(line => line.Contains("data-citation", StringComparison.Ordinal))[6..]);
        Assert.Equal(box.X, streamed.RootElement.GetProperty("data").GetProperty("boxes")[0].GetProperty("x").GetDouble());
        Assert.Contains("\"type\":\"data-grounding\"", events, StringComparison.Ordinal);
    }

    private static async Task<(Guid Document, IReadOnlyList<DocumentChunk> Chunks)> UploadAsync(Account account, string text = Guide)
    {
        var collection = await account.CreateCollectionAsync();
        var uploaded = await account.UploadAsync(collection, "guide.md", text);
        Assert.Equal("ready", (await account.SettledAsync(uploaded.Id)).Status);
        return (uploaded.Id, await ChunksAsync(account, uploaded.Id));
    }

    private static async Task<IReadOnlyList<DocumentChunk>> ChunksAsync(Account account, Guid document) =>
        (await account.Http.GetFromJsonAsync($"/api/documents/{document}/chunks", ContractsJson.Default.PageDocumentChunk, Cancellation))!.Items;

    private static Task<HttpResponseMessage> PatchAsync(Account account, Guid chunk, object change) =>
        account.Http.PatchAsJsonAsync($"/api/chunks/{chunk}", change, Cancellation);

    private static async Task<DocumentChunk> ChangedAsync(Account account, Guid chunk, object change)
    {
        using var response = await PatchAsync(account, chunk, change);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.DocumentChunk, Cancellation))!;
    }

    private static async Task<IReadOnlyList<SearchHit>> SearchAsync(Account account, string query)
    {
        using var response = await account.Http.PostAsJsonAsync("/api/search", new SearchRequest(query), Cancellation);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.SearchResponse, Cancellation))!.Hits;
    }

    private async Task<string> StatisticsAsync(Guid tenant) => (await product.Stack.ScalarAsync<string>(
        """
        select (select string_agg(format('%s:%s:%s', language, passages, length), ' ' order by language) from lexicons where tenant_id = $1)
            || (select string_agg(format('%s=%s', term, passages), ' ' order by term) from lexicon_terms where tenant_id = $1)
        """,
        tenant))!;

    private async Task<long> CountAsync(string table, string where, Guid tenant) =>
        await product.Stack.ScalarAsync<long>($"select count(*) from {table} where tenant_id = $1 and {where}", tenant);
}
