using System.Net;
using System.Net.Http.Json;
using System.Text;
using AiSaas.Contracts;
using AiSaas.Contracts.Quality;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Quality;

public sealed class GoldenQuestionTests(Product product) : IClassFixture<Product>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_question_is_made_read_changed_and_deleted_and_of_two_writers_one_is_told()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "The harbour opens at six."));
        var made = await account.GoldenAsync(collection, "When does it open?", new Expectation("harbour.md", Quote: "opens at six"));

        Assert.Equal((1, "opens at six"), (made.Version, made.Expected.Single().Quote));
        GoldenQuestionBody change = new("When does the harbour open?", [new("harbour.md", Page: 1)], ["hours"], 1);
        var changed = await Bench.OkAsync(await PutAsync(made.Id, change), ContractsJson.Default.GoldenQuestion);
        Assert.Equal((2, "When does the harbour open?", (int?)1), (changed.Version, changed.Question, changed.Expected.Single().Page));
        Assert.Equal("quality:stale", (await Bench.RefusedAsync(await PutAsync(made.Id, change), HttpStatusCode.Conflict)).Code);
        var other = await account.GoldenAsync(collection, "Another?", new Expectation("harbour.md"));
        Assert.Equal("quality:twice", (await Bench.RefusedAsync(await PutAsync(other.Id, change with { Version = null }), HttpStatusCode.Conflict)).Code);
        var tagged = await account.Http.GetFromJsonAsync($"/api/quality/collections/{collection}/questions?tag=hours", ContractsJson.Default.PageGoldenQuestion, Cancellation);
        Assert.Equal(made.Id, tagged!.Items.Single().Id);
        Assert.Equal(HttpStatusCode.NoContent, (await account.Http.DeleteAsync($"/api/quality/questions/{made.Id}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await account.Http.GetAsync($"/api/quality/questions/{made.Id}", Cancellation)).StatusCode);

        Task<HttpResponseMessage> PutAsync(Guid id, GoldenQuestionBody body) => account.Http.PutAsJsonAsync($"/api/quality/questions/{id}", body, Cancellation);
    }

    [Theory]
    [InlineData("""{"question":"","expected":[{"documentName":"a"}]}""")]
    [InlineData("""{"question":"?","expected":[]}""")]
    [InlineData("""{"question":"?"}""")]
    [InlineData("""{"question":"?","expected":[null]}""")]
    [InlineData("""{"question":"?","expected":[{}]}""")]
    [InlineData("""{"question":"?","expected":[{"documentName":"a","start":1,"end":2}]}""")]
    [InlineData("""{"question":"?","expected":[{"documentName":"a","page":1,"start":5,"end":5}]}""")]
    [InlineData("""{"question":"?","expected":[{"documentName":"a","quote":"a\u0000b"}]}""")]
    [InlineData("""{"question":"?","expected":[{"documentId":"0198a0a0-0000-7000-8000-000000000000"}]}""")]
    public async Task What_makes_no_question_is_refused_in_words(string body)
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();

        var refused = await account.Http.PostAsync(
            $"/api/quality/collections/{collection}/questions", new StringContent(body, Encoding.UTF8, "application/json"), Cancellation);

        Assert.Equal("quality:bad-question", (await Bench.RefusedAsync(refused, HttpStatusCode.BadRequest)).Code);
    }

    [Fact]
    public async Task A_file_is_imported_line_by_line_its_faults_told_and_an_export_imports_elsewhere()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "The harbour opens at six."));
        var document = (await account.SearchAsync("harbour", collection)).Hits[0].DocumentId;
        string lines = "\uFEFF" + $$"""
            {"question":"When?","expected":[{"documentId":"{{document}}","quote":"opens at six"}],"tags":["hours"]}

            no json
            {"question":"Where?","expected":[]}
            {"question":"Übersee? 返金","expected":[{"documentName":"harbour.md","page":1,"start":0,"end":11}]}
            {"question":"When?","expected":[{"documentName":"harbour.md"}]}
            """;

        var imported = await ImportAsync(account, collection, lines);

        Assert.Equal((2, 1), (imported.Added, imported.Updated));
        Assert.Equal([3, 4], imported.Faults.Select(fault => fault.Line));
        string exported = await account.Http.GetStringAsync($"/api/quality/collections/{collection}/questions/export", Cancellation);
        var elsewhere = await account.LibraryAsync(("harbour.md", "Somewhere else."));
        Assert.Equal((2, 0), ((await ImportAsync(account, elsewhere, exported)).Added, (await ImportAsync(account, elsewhere, exported)).Faults.Count));
        Assert.Equal(exported, await account.Http.GetStringAsync($"/api/quality/collections/{elsewhere}/questions/export", Cancellation));
        Assert.DoesNotContain(document.ToString(), exported, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hit_of_a_search_and_a_citation_of_an_answer_become_golden_questions()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "# Harbour\n\nThe harbour opens at six in the morning."));
        await account.SearchAsync("harbour hours", collection);
        var record = await account.RecordAsync("harbour hours");
        var conversation = await account.StartConversationAsync();
        var asked = await account.AskAsync(conversation, "When does the harbour open?");
        var answer = await account.AnswerAsync(conversation, asked.AssistantMessageId);

        var fromQuery = await Bench.OkAsync(await FromAsync(new(QueryId: record.Id, Ranks: [1])), ContractsJson.Default.GoldenQuestion);
        var fromAnswer = await Bench.OkAsync(await FromAsync(new(MessageId: answer.Id, Citation: 0)), ContractsJson.Default.GoldenQuestion);

        Assert.Equal(("harbour hours", collection, "harbour.md"), (fromQuery.Question, fromQuery.CollectionId, fromQuery.Expected.Single().DocumentName));
        Assert.Contains("opens at six", fromQuery.Expected.Single().Quote, StringComparison.Ordinal);
        Assert.Equal(("When does the harbour open?", answer.Citations[0].Quote), (fromAnswer.Question, fromAnswer.Expected.Single().Quote));
        await Bench.RefusedAsync(await FromAsync(new(QueryId: record.Id, Ranks: [9])), HttpStatusCode.NotFound);
        await Bench.RefusedAsync(await FromAsync(new(MessageId: answer.Id, Citation: 99)), HttpStatusCode.NotFound);
        await Bench.RefusedAsync(await FromAsync(new()), HttpStatusCode.BadRequest);

        Task<HttpResponseMessage> FromAsync(GoldenQuestionFrom from) => account.Http.PostAsJsonAsync("/api/quality/questions/from", from, Cancellation);
    }

    [Fact]
    public async Task Expectations_survive_a_document_read_anew_and_a_deleted_one_leaves_its_place_but_no_words()
    {
        using var account = await product.RegisterAsync();
        string text = "# Harbour\n\nThe harbour opens at six in the morning.";
        var collection = await account.LibraryAsync(("harbour.md", text));
        var hit = (await account.SearchAsync("harbour", collection)).Hits[0];
        await account.GoldenAsync(
            collection, "When does the harbour open?",
            new Expectation("harbour.md", Page: hit.Page, Start: hit.Start, End: hit.End, Quote: "opens at six in the morning"));
        Assert.Equal(1, (await account.EvaluateAsync(collection.ToString())).Run.Figures!.Recall);

        var receipt = (await Bench.OkAsync(await account.Http.DeleteAsync($"/api/documents/{hit.DocumentId}", Cancellation), ContractsJson.Default.Deleted)).Receipt;

        Assert.Equal(1, receipt.Quotes);
        Assert.Equal(0, await product.Stack.ScalarAsync<long>(
            "select count(*) from golden_expectations where tenant_id = $1 and quote is not null", account.TenantId));
        var gone = await account.EvaluateAsync(collection.ToString());
        Assert.Equal((1, 1), (gone.Run.Questions, gone.Run.Skipped));
        Assert.Null(gone.Run.Figures);
        // The same file again, under another id: the place still holds.
        var again = await account.UploadAsync(collection, "harbour.md", text);
        await account.SettledAsync(again.Id);
        Assert.Equal(1, (await account.EvaluateAsync(collection.ToString())).Run.Figures!.Recall);
    }

    [Fact]
    public async Task Viewers_read_and_search_but_change_nothing()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(("harbour.md", "The harbour opens at six."));
        var question = await account.GoldenAsync(collection, "When?", new Expectation("harbour.md"));
        using var member = await account.AsAsync(product, "member");
        using var viewer = await account.AsAsync(product, "viewer");

        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync("/api/quality", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await viewer.GetAsync($"/api/quality/questions/{question.Id}", Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await viewer.PostAsJsonAsync("/api/quality/lab", new LabRequest("harbour"), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.DeleteAsync($"/api/quality/questions/{question.Id}", Cancellation)).StatusCode);
        await product.Stack.ScalarAsync<object>("update memberships set role = 'member' where tenant_id = $1", account.TenantId);
        Assert.Equal(HttpStatusCode.Forbidden, (await member.PutAsJsonAsync($"/api/quality/settings/{collection}/draft", new PutDraftRequest(new(), 0), Cancellation)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await member.DeleteAsync($"/api/quality/questions/{question.Id}", Cancellation)).StatusCode);
    }

    private static async Task<GoldenImport> ImportAsync(Account account, Guid collection, string lines) => await Bench.OkAsync(
        await account.Http.PostAsync(
            $"/api/quality/collections/{collection}/questions/import", new StringContent(lines, Encoding.UTF8, "application/jsonl"), Cancellation),
        ContractsJson.Default.GoldenImport);
}
