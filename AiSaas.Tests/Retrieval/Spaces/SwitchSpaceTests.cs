using System.Net;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Jobs;
using AiSaas.Contracts.Retrieval;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Jobs;

namespace AiSaas.Tests.Retrieval.Spaces;

/// <summary>A workspace moves from one embedding model to another while it is searched and gets documents.</summary>
public sealed class SwitchSpaceTests(SpacesProduct product) : IClassFixture<SpacesProduct>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_spaces_are_searched_during_the_move_the_swap_is_whole_and_going_back_is_quick()
    {
        product.Work();
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        await UploadAsync(account, collection, "lamps.md", Lamps(1, 9));
        var before = await SpacesProduct.SpacesAsync(account);
        Assert.Equal(("one@64", null, "one", false), (before.Space, before.Next, before.Model, before.IsChosen));

        product.Held = ("two", new(TaskCreationOptions.RunContinuationsAsynchronously));
        await SpacesProduct.PostAsync(account, "/api/embedding-spaces", new SwitchSpaceRequest("two"));
        var moving = await SpacesProduct.SpacesAsync(account, spaces => spaces.Next is not null, "the move begins");
        Assert.Equal(("one@64", "two@96", "two", "running"), (moving.Space, moving.Next, moving.Model, moving.Moving?.Status));

        // One part has made it, the others wait: searches find what is there and what is not yet.
        product.Held.Value.Gate.SetResult();
        product.Held = ("two", new(TaskCreationOptions.RunContinuationsAsynchronously));
        var during = await Eventually.GetAsync(
            async () => await SpacesProduct.SearchAsync(account, "the keeper of harbour 9") is { Timings.Spaces.Count: 2 } both ? both : null, "both are searched");
        Assert.Equal(["one@64", "two@96"], during.Timings.Spaces);
        Assert.Contains("harbour 9 ", during.Hits[0].Text, StringComparison.Ordinal);
        Assert.NotNull(during.Hits[0].Scores.Vector);
        product.Held.Value.Gate.SetResult();
        product.Held = null;
        await UploadAsync(account, collection, "more.md", Lamps(20, 3));

        var after = await SpacesProduct.SpacesAsync(account, spaces => spaces.Space == "two@96" && spaces.Moving is null, "the swap");
        Assert.Equal((null, "one@64"), (after.Next, after.Previous));
        Assert.Equal(0, await BareAsync(account, "two@96"));
        Assert.Equal(["two@96"], (await Eventually.GetAsync(
            async () => await SpacesProduct.SearchAsync(account, "harbour 21") is { Timings.Spaces.Count: 1 } one ? one : null, "one is searched")).Timings.Spaces);
        Assert.True(await product.Stack.ScalarAsync<long>(
            "select count(*) from model_calls where tenant_id = $1 and feature = 'reembed' and cost_nanos = 1000000", account.TenantId) > 0);

        // Back: only what came after the move lacks a vector there.
        int asked = product.Provider.Calls.Count(call => call.Text("model") == "one");
        await SpacesProduct.PostAsync(account, "/api/embedding-spaces", new SwitchSpaceRequest());
        await SpacesProduct.SpacesAsync(account, spaces => spaces.Space == "one@64" && spaces.Moving is null && !spaces.IsChosen, "going back");
        Assert.InRange(product.Provider.Calls.Count(call => call.Text("model") == "one") - asked, 1, 6);

        await SpacesProduct.PostAsync(account, "/api/embedding-spaces/discard");
        await Eventually.TrueAsync(
            async () => await product.Stack.ScalarAsync<long>("select count(*) from vector_passages where tenant_id = $1 and space = 'two@96'", account.TenantId) == 0,
            "the vectors that are gone back from are removed");
        Assert.Equal(0, await BareAsync(account, "one@64"));
    }

    [Fact]
    public async Task A_canceled_move_leaves_the_workspace_where_it_was()
    {
        product.Work();
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        await UploadAsync(account, collection, "lamps.md", Lamps(1, 9));
        product.Held = ("two", new(TaskCreationOptions.RunContinuationsAsynchronously));
        await SpacesProduct.PostAsync(account, "/api/embedding-spaces", new SwitchSpaceRequest("two"));
        await SpacesProduct.SpacesAsync(account, spaces => spaces.Next is not null, "the move begins");

        await SpacesProduct.PostAsync(account, "/api/embedding-spaces/cancel");
        var stays = await SpacesProduct.SpacesAsync(account, spaces => spaces.Next is null && spaces.Moving is null, "the move ends");
        product.Held.Value.Gate.SetResult();
        product.Held = null;

        Assert.Equal(("one@64", "one", true), (stays.Space, stays.Model, stays.IsChosen));
        // A worker looks once more whether every passage has its old vector; after that nothing moves that could be canceled.
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await account.Http.PostAsJsonAsync("/api/embedding-spaces/cancel", new Dictionary<string, string>(), Cancellation);
                return again.StatusCode == HttpStatusCode.Conflict;
            },
            "nothing is left to cancel");
        await Eventually.TrueAsync(
            async () => await product.Stack.ScalarAsync<long>("select count(*) from vector_passages where tenant_id = $1 and space = 'two@96'", account.TenantId) == 0,
            "what was embedded is removed");
    }

    [Fact]
    public async Task A_provider_that_changes_its_dimensions_is_noticed_and_vectors_are_never_mixed()
    {
        product.Work();
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        await UploadAsync(account, collection, "lamps.md", Lamps(1, 4));
        product.Sizes["one"] = 32;
        try
        {
            var search = await SpacesProduct.SearchAsync(account, "the keeper of harbour 2");
            Assert.Contains("harbour 2 ", search.Hits[0].Text, StringComparison.Ordinal);
            Assert.Contains("32 dimensions now, the documents have 64", Assert.Single(search.Timings.Notices), StringComparison.Ordinal);
            await UploadAsync(account, collection, "new.md", Lamps(30, 2));
            Assert.NotEmpty((await SpacesProduct.SearchAsync(account, "harbour 31")).Hits);
            var told = await SpacesProduct.SpacesAsync(account, spaces => spaces.Notice is not null, "the notice");
            Assert.Equal(("one@64", null), (told.Space, told.Next));

            await SpacesProduct.PostAsync(account, "/api/embedding-spaces", new SwitchSpaceRequest("one"));
            await SpacesProduct.SpacesAsync(account, spaces => spaces.Space == "one@32" && spaces.Moving is null, "all are embedded again");
            Assert.Equal(0, await BareAsync(account, "one@32"));
            Assert.Equal(0, await product.Stack.ScalarAsync<long>(
                """
                select count(*) from vector_passages v join embedding_spaces s on s.id = v.space
                where v.tenant_id = $1 and vector_dims(v.embedding) <> s.dimensions
                """, account.TenantId));
        }
        finally
        {
            product.Sizes["one"] = 64;
        }
    }

    [Fact]
    public async Task A_worker_that_is_killed_in_the_middle_loses_a_batch_and_no_more()
    {
        product.Work();
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        await UploadAsync(account, collection, "lamps.md", Lamps(1, 30));
        await product.RestAsync();
        await SpacesProduct.PostAsync(account, "/api/embedding-spaces", new SwitchSpaceRequest("two"));
        (string, string?)[] settings = [("Worker:Queues", "maintenance"), .. product.Settings, ("Retrieval:Spaces:PauseMilliseconds", "150")];
        int kills = 0;
        while ((await SpacesProduct.SpacesAsync(account)).Space != "two@96" && kills < 3)
        {
            long done = await VectorsAsync(account, "two@96");
            await using var worker = WorkerProcess.Start(product.Stack, settings);
            await Eventually.TrueAsync(
                async () => await VectorsAsync(account, "two@96") >= done + 4, "some are embedded\n" + worker.Output, Patience);
            worker.Kill();
            kills++;
        }

        product.Work();
        var after = await Eventually.GetAsync(
            async () => await SpacesProduct.SpacesAsync(account) is { Space: "two@96", Moving: null } spaces ? spaces : null, "the move ends after all", Patience);
        Assert.Equal((2, "one@64"), (Math.Min(2, kills), after.Previous));
        Assert.Equal(0, await BareAsync(account, "two@96"));
        // Of each kill at most the batch under way was embedded twice.
        int texts = product.Provider.Calls.Where(call => call.Text("model") == "two" && call.Text("input_type") == "document").Sum(call => call.Texts("input").Count);
        Assert.True(texts > 0);
    }

    [Fact]
    public async Task Another_default_moves_every_workspace_by_itself()
    {
        product.Work();
        using var account = await product.RegisterAsync();
        await UploadAsync(account, await account.CreateCollectionAsync(), "lamps.md", Lamps(1, 5));
        Assert.Equal("one@64", (await SpacesProduct.SpacesAsync(account)).Space);
        await product.RestAsync();

        product.Work(("Gateway:DefaultEmbeddingModel", "two"));
        try
        {
            await SpacesProduct.SpacesAsync(account, spaces => spaces.Space == "two@96", "the workspace follows");
            Assert.Equal(0, await BareAsync(account, "two@96"));
        }
        finally
        {
            await product.RestAsync();
        }
    }

    [Fact]
    public async Task Settings_and_a_measurement_weigh_the_space_of_one_workspace()
    {
        product.Work();
        using var account = await product.RegisterAsync();
        await UploadAsync(account, await account.CreateCollectionAsync(), "lamps.md", Lamps(1, 25));
        using var bad = await account.Http.PutAsJsonAsync("/api/embedding-spaces/settings", new SpaceSettingsRequest("one@64", 1.5), Cancellation);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        using var nowhere = await account.Http.PutAsJsonAsync("/api/embedding-spaces/settings", new SpaceSettingsRequest("two@96", 0.5), Cancellation);
        Assert.Equal(HttpStatusCode.Conflict, nowhere.StatusCode);
        using var put = await account.Http.PutAsJsonAsync("/api/embedding-spaces/settings", new SpaceSettingsRequest("one@64", 0.9), Cancellation);
        Assert.Equal(HttpStatusCode.NoContent, put.StatusCode);

        using var measured = await account.Http.PostAsJsonAsync("/api/embedding-spaces/calibrate", new CalibrateSpaceRequest(), Cancellation);
        var measure = (await measured.Content.ReadFromJsonAsync(ContractsJson.Default.SpaceMeasure, Cancellation))!;

        var space = Assert.Single((await SpacesProduct.SpacesAsync(account)).Spaces);
        Assert.Equal(
            (0.9, Math.Round(measure.Unrelated, 4), Math.Round(measure.Related, 4), true), (space.Weight, space.Unrelated!.Value, space.Related!.Value, space.IsOwn));
        Assert.True(measure.Related > measure.Unrelated && space.CalibratedAt is not null);
    }

    private static string Lamps(int first, int count) => string.Concat(Enumerable.Range(first, count).Select(i =>
        $"# Part {i}\n\nThe lamp of harbour {i} burns until six, and its keeper is number {i * 7} of the coast. {string.Join(' ', Enumerable.Repeat($"detail{i}", 60))}\n\n"));

    private static async Task UploadAsync(Account account, Guid collection, string name, string text)
    {
        var uploaded = await account.UploadAsync(collection, name, text);
        Assert.Equal("ready", (await account.SettledAsync(uploaded.Id, Patience)).Status);
    }

    private Task<long> VectorsAsync(Account account, string space) =>
        product.Stack.ScalarAsync<long>("select count(*) from vector_passages where tenant_id = $1 and space = $2", account.TenantId, space)!;

    private Task<long> BareAsync(Account account, string space) => product.Stack.ScalarAsync<long>(
        """
        select count(*) from lexical_passages p where p.tenant_id = $1
            and not exists (select from vector_passages v where v.tenant_id = $1 and v.space = $2 and v.chunk_id = p.chunk_id)
        """, account.TenantId, space)!;
}
