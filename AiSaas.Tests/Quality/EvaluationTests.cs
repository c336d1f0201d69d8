using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Quality;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Quality;

public sealed class EvaluationTests(Product product) : IClassFixture<Product>
{
    private static readonly (string Name, string Text)[] Manuals =
    [
        ("harbour.md", "# Harbour\n\nThe harbour opens at six in the morning."),
        ("mill.md", "# Mill\n\nThe mill grinds rye and barley on Tuesdays."),
        ("lamp.md", "# Lamp\n\nThe lamp burns whale oil through the night."),
    ];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_scores_retrieval_and_citations_and_a_draft_is_measured_beside_its_baseline()
    {
        using var account = await product.RegisterAsync();
        var collection = await GuardedAsync(account);

        var applied = await account.EvaluateAsync(collection.ToString());

        var figures = applied.Run.Figures!;
        Assert.Equal(("succeeded", "applied", 3, 0, "extractive-1"), (applied.Run.Status, applied.Run.Purpose, applied.Run.Questions, applied.Run.Skipped, applied.Run.Model));
        Assert.Equal((1.0, 1.0, 1.0, 1.0), (figures.Ndcg, figures.Recall, figures.Mrr, figures.RecallAtLimit));
        Assert.Equal((1.0, 1.0), (figures.CitationAccuracy, figures.CitesExpected));
        Assert.True(figures.P50Ms > 0 && figures.P95Ms >= figures.P50Ms);
        Assert.Equal((1.0, 1.0), (figures.NdcgInterval.Low, figures.NdcgInterval.High));

        await account.DraftAsync(collection.ToString(), new(Floor: 1, Limit: 3));
        var draft = await account.EvaluateAsync(collection.ToString(), "draft");
        Assert.Equal(("draft", 3), (draft.Run.Purpose, draft.Run.Settings.Limit));
        Assert.Equal(("baseline", draft.Run.BaselineId, draft.Run.JobId), (draft.Against!.Purpose, draft.Against.Id, draft.Against.JobId));
        Assert.Equal(1, draft.Against.Figures!.Ndcg);
        Assert.True(draft.Difference!.Worse > 0 && draft.Difference.Ndcg < 0 && draft.Difference.NdcgInterval.High <= 0);
        Assert.True(draft.Changes[0].Ndcg < draft.Changes[0].Before);
        var listed = await account.Http.GetFromJsonAsync($"/api/quality/runs?scope={collection}", ContractsJson.Default.PageEvaluationRun, Cancellation);
        Assert.Equal([draft.Run.Id, applied.Run.Id], listed!.Items.Select(run => run.Id));
        var board = await account.Http.GetFromJsonAsync("/api/quality", ContractsJson.Default.QualityOverview, Cancellation);
        var scope = board!.Scopes.Single(one => one.CollectionId == collection);
        Assert.Equal((3, 3, 2, true), (scope.Questions, scope.Documents, scope.History.Count, scope.HasDraft));
        Assert.Equal(HttpStatusCode.NoContent, (await account.Http.DeleteAsync($"/api/quality/runs/{draft.Run.Id}", Cancellation)).StatusCode);
        Assert.Equal(3, await product.Stack.ScalarAsync<long>("select count(*) from evaluation_results where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task The_gate_refuses_what_makes_answers_worse_shows_the_figures_and_only_an_owner_goes_past_it()
    {
        using var account = await product.RegisterAsync();
        var collection = await GuardedAsync(account);
        string scope = collection.ToString();
        var drafted = await account.DraftAsync(scope, new(Floor: 1));
        Assert.Equal("unevaluated", drafted.Gate!.Verdict);
        Assert.Equal("retrieval:not-evaluated", (await Bench.RefusedAsync(await account.ApplyAsync(scope, drafted.Version), HttpStatusCode.Conflict)).Code);

        await account.EvaluateAsync(scope, "draft");

        using var closed = await account.ApplyAsync(scope, drafted.Version);
        Assert.Equal(HttpStatusCode.Conflict, closed.StatusCode);
        var problem = await closed.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
        Assert.Equal("retrieval:gate", problem.GetProperty("code").GetString());
        Assert.Contains("nDCG@10 1.000 →", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Contains(problem.GetProperty("gate").GetProperty("figures").EnumerateArray(), figure => figure.GetProperty("name").GetString() == "recall" && figure.GetProperty("worse").GetBoolean());
        Assert.NotEmpty((await account.SearchAsync("morning in a harbour town", collection)).Hits);

        using var admin = await account.AsAsync(product, "admin");
        var pushed = await admin.PostAsJsonAsync($"/api/quality/settings/{scope}/apply", new ApplySettingsRequest(drafted.Version, Force: true), Cancellation);
        Assert.Equal("auth:role", (await Bench.RefusedAsync(pushed, HttpStatusCode.Forbidden)).Code);
        await product.Stack.ScalarAsync<object>("update memberships set role = 'owner' where tenant_id = $1", account.TenantId);
        var forced = await Bench.OkAsync(await account.ApplyAsync(scope, drafted.Version, force: true), ContractsJson.Default.AppliedInfo);

        Assert.Equal((1.0, "Applied past the gate; that is recorded."), (forced.Settings.Applied.Floor, forced.Notice));
        Assert.Null(forced.Settings.Draft);
        var change = (await account.Http.GetFromJsonAsync($"/api/quality/settings/{scope}/history", ContractsJson.Default.PageSettingsChange, Cancellation))!.Items.Single();
        Assert.Equal((true, "we know better", account.Email.Split('@')[0]), (change.Forced, change.Note, change.By));
        Assert.Empty((await account.SearchAsync("morning in a harbour town", collection)).Hits);
    }

    [Fact]
    public async Task A_draft_that_changes_for_the_better_or_not_at_all_is_applied_and_searches_use_it_at_once()
    {
        using var account = await product.RegisterAsync();
        var collection = await GuardedAsync(account);
        string scope = collection.ToString();
        Assert.Equal(8, (await LabAsync(new())).Settings.Limit);
        var drafted = await account.DraftAsync(scope, new(Limit: 2, Weight: 0.2));

        await account.EvaluateAsync(scope, "draft");
        var applied = await Bench.OkAsync(await account.ApplyAsync(scope, drafted.Version), ContractsJson.Default.AppliedInfo);

        Assert.Equal("pass", applied.Gate!.Verdict);
        Assert.Null(applied.Notice);
        Assert.Equal((2, 0.2), ((await LabAsync(new())).Settings.Limit, (await LabAsync(new())).Settings.Weight));
        Assert.Equal((2, 0.9), ((await LabAsync(new(Weight: .9))).Settings.Limit, (await LabAsync(new(Weight: .9))).Settings.Weight));
        // What answers read, they read from now on; what is named by number goes before it.
        var named = await account.Http.PostAsJsonAsync("/api/search", new Contracts.Retrieval.SearchRequest("the", [collection], Limit: 3), Cancellation);
        Assert.True(named.IsSuccessStatusCode);

        async Task<LabSide> LabAsync(RetrievalSettings settings) => (await Bench.OkAsync(
            await account.Http.PostAsJsonAsync("/api/quality/lab", new LabRequest("harbour", [collection], [settings]), Cancellation),
            ContractsJson.Default.LabResponse)).Sides.Single();
    }

    [Fact]
    public async Task Without_golden_questions_the_gate_says_so_and_lets_pass_and_of_two_writers_one_is_told()
    {
        using var account = await product.RegisterAsync();
        var first = await account.DraftAsync("workspace", new(Weight: 0.1));
        var second = await account.Http.PutAsJsonAsync("/api/quality/settings/workspace/draft", new PutDraftRequest(new(Weight: 0.9), 0), Cancellation);
        Assert.Equal("quality:stale", (await Bench.RefusedAsync(second, HttpStatusCode.Conflict)).Code);
        Assert.Equal("quality:stale", (await Bench.RefusedAsync(await account.ApplyAsync("workspace", 9), HttpStatusCode.Conflict)).Code);
        Assert.Equal("quality:no-questions", (await Bench.RefusedAsync(
            await account.Http.PostAsJsonAsync("/api/quality/runs", new StartEvaluationRequest("workspace"), Cancellation), HttpStatusCode.Conflict)).Code);

        var applied = await Bench.OkAsync(await account.ApplyAsync("workspace", first.Version), ContractsJson.Default.AppliedInfo);

        Assert.Contains("no golden questions", applied.Notice, StringComparison.Ordinal);
        var collection = await account.CreateCollectionAsync();
        var below = await account.Http.GetFromJsonAsync($"/api/quality/settings/{collection}", ContractsJson.Default.SettingsInfo, Cancellation);
        Assert.Equal((null, 0.1), (below!.Applied.Weight, below.Effective.Weight));
        Assert.Equal("quality:no-draft", (await Bench.RefusedAsync(await account.ApplyAsync("workspace", applied.Settings.Version), HttpStatusCode.Conflict)).Code);
    }

    [Fact]
    public async Task The_lab_shows_a_query_under_two_settings_with_raw_scores_and_where_each_hit_stands_on_the_other_side()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.LibraryAsync(
            ("words.md", "Reimburse, reimbursed: a verb of four syllables that comes from Latin."),
            ("meaning.md", "We pay the money back to your bank account within five days."));

        var lab = await Bench.OkAsync(
            await account.Http.PostAsJsonAsync(
                "/api/quality/lab",
                new LabRequest("How many days until you reimburse my payment?", [collection], [new(Weight: 0), new(Weight: 1)]), Cancellation),
            ContractsJson.Default.LabResponse);

        Assert.Equal(["words.md", "meaning.md"], lab.Sides.Select(side => side.Hits[0].DocumentName));
        Assert.Equal((1, 2), (lab.Sides[0].Hits[0].Rank, lab.Sides[0].Hits[0].Other));
        Assert.True(lab.Sides[0].Hits[0].Lexical > 0 && lab.Sides[1].Hits[0].Vector > 0);
        await account.RecordAsync("How many days until you reimburse my payment?", "source=lab");
        var refused = await account.Http.PostAsJsonAsync("/api/quality/lab", new LabRequest("?", null, [new(Weight: 2)]), Cancellation);
        Assert.Equal("quality:bad-settings", (await Bench.RefusedAsync(refused, HttpStatusCode.BadRequest)).Code);
    }

    [Fact]
    public async Task The_workspace_is_evaluated_over_all_collections_and_a_canceled_run_says_so()
    {
        using var account = await product.RegisterAsync();
        await GuardedAsync(account);
        await account.GoldenAsync(await account.LibraryAsync(("well.md", "The well is ninety feet deep.")), "How deep is the well?", new Expectation("well.md"));

        var whole = await account.EvaluateAsync("workspace", model: "none");

        Assert.Equal((4, 1.0), (whole.Run.Questions, whole.Run.Figures!.Recall));
        Assert.Null(whole.Run.Figures.CitationAccuracy);
        Assert.Equal("models:unknown", (await Bench.RefusedAsync(
            await account.Http.PostAsJsonAsync("/api/quality/runs", new StartEvaluationRequest("workspace", Model: "nobody"), Cancellation), HttpStatusCode.BadRequest)).Code);
        // As if a worker had been killed after its first question: the next one goes on and counts none twice.
        await product.Stack.ScalarAsync<object>("update evaluation_runs set status = 'failed', finished_at = null where id = $1", whole.Run.Id);
        await product.Stack.ScalarAsync<object>("delete from evaluation_results where run_id = $1 and question_id <> (select max(question_id::text)::uuid from evaluation_results where run_id = $1)", whole.Run.Id);
        await product.Stack.ScalarAsync<object>("update jobs set status = 'dead' where id = $1", whole.Run.JobId);
        using var retried = await account.Http.PostAsync($"/api/jobs/{whole.Run.JobId}/retry", null, Cancellation);
        Assert.True(retried.IsSuccessStatusCode, await retried.Content.ReadAsStringAsync(Cancellation));
        var again = await Eventually.GetAsync(
            async () => await account.Http.GetFromJsonAsync($"/api/quality/runs/{whole.Run.Id}", ContractsJson.Default.EvaluationReport, Cancellation)
                is { Run.Status: "succeeded" } ended ? ended : null,
            "the run ends again");
        Assert.Equal(4, again.Changes.Count);
        Assert.Equal(1, again.Run.Figures!.Recall);
    }

    private static async Task<Guid> GuardedAsync(Account account)
    {
        var collection = await account.LibraryAsync(Manuals);
        await account.GoldenAsync(collection, "When does the harbour open on an ordinary day?", new Expectation("harbour.md", Quote: "The harbour opens at six in the morning."));
        await account.GoldenAsync(collection, "What does the mill grind on Tuesdays?", new Expectation("mill.md", Quote: "grinds rye and barley"));
        await account.GoldenAsync(collection, "What does the lamp burn through the night?", new Expectation("lamp.md"));
        return collection;
    }
}
