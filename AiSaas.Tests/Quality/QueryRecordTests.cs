using System.Net;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Retrieval;
using AiSaas.Core.Retrieval.Records;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.Quality;

public sealed class QueryRecordTests(Product product) : IClassFixture<Product>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_search_and_an_answer_leave_records_with_scores_by_stage_and_who_asked()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "# Harbour\n\nThe harbour opens at six."), ("mill.md", "# Mill\n\nThe mill grinds rye."));
        var found = await account.SearchAsync("When does the harbour open?", collection);
        var conversation = await account.StartConversationAsync();
        var asked = await account.AskAsync(conversation, "What does the mill grind?");
        await account.AnswerAsync(conversation, asked.AssistantMessageId);

        var record = await account.RecordAsync("When does the harbour open?");
        var answered = await account.RecordAsync("What does the mill grind?", "source=answer");
        var detail = (await account.Http.GetFromJsonAsync($"/api/retrieval/queries/{record.Id}", ContractsJson.Default.QueryDetail, Cancellation))!;

        Assert.Equal(("search", found.Hits.Count, account.Email.Split('@')[0]), (record.Source, record.Hits, record.User));
        Assert.Equal([collection], record.CollectionIds);
        Assert.True(record.TotalMs > 0);
        Assert.Equal(conversation, answered.ConversationId);
        var hit = detail.Found[0];
        var shown = found.Hits[0];
        Assert.Equal(
            (1, 1, shown.ChunkId, "harbour.md", shown.Page, shown.Start, shown.Text, shown.Score, shown.Scores.Lexical, shown.Scores.Vector),
            (hit.Rank, hit.FusedRank, hit.ChunkId, hit.DocumentName, hit.Page, hit.Start, hit.Text, hit.Score, hit.Lexical, hit.Vector));
        Assert.True(hit.Coverage > 0.9 && hit.Relevance >= hit.Coverage);
        Assert.Equal(("use-lite-en", 8), (detail.Space, detail.Settings.Limit));
        Assert.True(detail.Timings.TotalMs >= detail.Timings.EmbedMs);
    }

    [Fact]
    public async Task Records_are_filtered_deleted_one_by_one_and_end_with_their_conversation()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "The harbour opens at six."));
        await account.SearchAsync("harbour", collection);
        await account.SearchAsync("xylophone", collection);
        var conversation = await account.StartConversationAsync();
        var asked = await account.AskAsync(conversation, "The harbour?");
        await account.AnswerAsync(conversation, asked.AssistantMessageId);
        var empty = await account.RecordAsync("xylophone", "empty=true");
        await account.RecordAsync("The harbour?");

        Assert.Equal(["xylophone"], await QuestionsAsync("empty=true"));
        Assert.Equal(2, (await QuestionsAsync($"collection={collection}")).Count());
        Assert.Empty(await QuestionsAsync($"collection={Guid.CreateVersion7()}"));
        Assert.Empty(await QuestionsAsync("slow=1000000"));
        Assert.Equal("retrieval:bad-filter", (await Bench.RefusedAsync(await account.Http.GetAsync("/api/retrieval/queries?source=x", Cancellation), HttpStatusCode.BadRequest)).Code);
        var page = await account.Http.GetFromJsonAsync("/api/retrieval/queries?limit=1", ContractsJson.Default.PageQuerySummary, Cancellation);
        Assert.Equal(2, (await QuestionsAsync($"after={page!.Next}")).Count());
        Assert.Equal(HttpStatusCode.NoContent, (await account.Http.DeleteAsync($"/api/retrieval/queries/{empty.Id}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await account.Http.DeleteAsync($"/api/retrieval/queries/{empty.Id}", Cancellation)).StatusCode);
        await account.Http.DeleteAsync($"/api/conversations/{conversation}", Cancellation);
        Assert.Equal(["harbour"], await QuestionsAsync(""));

        async Task<IEnumerable<string>> QuestionsAsync(string filter) =>
            (await account.Http.GetFromJsonAsync($"/api/retrieval/queries?{filter}", ContractsJson.Default.PageQuerySummary, Cancellation))!
                .Items.Select(record => record.Question);
    }

    [Fact]
    public async Task Members_see_their_own_searches_and_admins_everybodys()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "The harbour opens at six."));
        await account.SearchAsync("mine", collection);
        await account.SearchAsync("theirs", collection);
        var theirs = await account.RecordAsync("theirs");
        await account.RecordAsync("mine");
        await product.Stack.ScalarAsync<object>("update query_records set user_id = null where id = $1", theirs.Id);
        Assert.Equal(2, (await ListAsync(account.Http)).Items.Count);

        using var member = await account.AsAsync(product, "member");

        Assert.Equal(["mine"], (await ListAsync(member)).Items.Select(record => record.Question));
        Assert.Equal(HttpStatusCode.NotFound, (await member.GetAsync($"/api/retrieval/queries/{theirs.Id}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await member.DeleteAsync($"/api/retrieval/queries/{theirs.Id}", Cancellation)).StatusCode);

        async Task<Contracts.Common.Page<QuerySummary>> ListAsync(HttpClient http) =>
            (await http.GetFromJsonAsync("/api/retrieval/queries", ContractsJson.Default.PageQuerySummary, Cancellation))!;
    }

    [Fact]
    public async Task Deleting_a_document_takes_its_hits_out_of_the_records_and_the_receipt_counts_them()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "The harbour opens at six."), ("port.md", "The harbour master has a key."));
        var found = await account.SearchAsync("harbour", collection);
        var record = await account.RecordAsync("harbour");
        var document = found.Hits[0].DocumentId;

        var receipt = (await Bench.OkAsync(await account.Http.DeleteAsync($"/api/documents/{document}", Cancellation), ContractsJson.Default.Deleted)).Receipt;

        Assert.Equal(1, receipt.SearchHits);
        var detail = (await account.Http.GetFromJsonAsync($"/api/retrieval/queries/{record.Id}", ContractsJson.Default.QueryDetail, Cancellation))!;
        Assert.Equal((2, 1), (detail.Query.Hits, detail.Found.Count));
        Assert.DoesNotContain(detail.Found, hit => hit.DocumentId == document);
    }

    [Fact]
    public async Task A_workspace_keeps_a_bounded_number_and_what_is_old_goes()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        foreach (string query in new[] { "one", "two", "three" })
        {
            await account.SearchAsync(query, collection);
            await account.RecordAsync(query);
        }

        string record = $$"""[{"id":"{{Guid.CreateVersion7()}}","tenant":"{{account.TenantId}}","source":"search","user":"{{account.UserId}}","question":"four","phrasings":[],"collections":[],"documents":[],"contentTypes":[],"settings":{},"found":0,"timings":{"embedMs":0,"lexicalMs":0,"vectorMs":0,"fusionMs":0,"totalMs":1},"totalMs":1,"at":"2026-01-01T00:00:00Z","hits":[]}]""";
        await using var command = product.Stack.Owner.CreateCommand("select app.record_queries($1::jsonb, 2)");
        command.Parameters.AddWithValue(record);
        await command.ExecuteNonQueryAsync(Cancellation);

        Assert.Equal(2, await product.Stack.ScalarAsync<long>("select count(*) from query_records where tenant_id = $1", account.TenantId));
        var expiry = product.WorkerServices.GetServices<IHostedService>().OfType<Ingestion.Quality.QueryExpiry>().Single();
        Assert.False(await expiry.ExpireAsync(Cancellation));
        Assert.Equal(1, await product.Stack.ScalarAsync<long>("select count(*) from query_records where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task A_search_does_not_fail_when_its_record_cannot_be_kept()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "The harbour opens at six."));
        await using (var broken = product.Stack.Owner.CreateCommand("alter function app.record_queries rename to record_queries_away"))
        {
            await broken.ExecuteNonQueryAsync(Cancellation);
        }

        try
        {
            Assert.NotEmpty((await account.SearchAsync("harbour", collection)).Hits);
            await Task.Delay(product.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<QueryRecordOptions>>().Value.Pause * 3, TimeProvider.System, Cancellation);
        }
        finally
        {
            await using var mended = product.Stack.Owner.CreateCommand("alter function app.record_queries_away rename to record_queries");
            await mended.ExecuteNonQueryAsync(Cancellation);
        }

        await account.SearchAsync("harbour again", collection);
        await account.RecordAsync("harbour again");
        Assert.Equal(1, await product.Stack.ScalarAsync<long>("select count(*) from query_records where tenant_id = $1", account.TenantId));
    }
}
