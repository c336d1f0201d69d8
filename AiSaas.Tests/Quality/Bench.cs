using System.Net.Http.Json;
using System.Text.Json.Serialization.Metadata;
using AiSaas.Contracts;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Identity;
using AiSaas.Contracts.Quality;
using AiSaas.Contracts.Retrieval;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Quality;

/// <summary>The bench's routes, as a program drives them.</summary>
internal static class Bench
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A collection of a document a text.</summary>
    public static async Task<Guid> LibraryAsync(this Account account, params (string Name, string Text)[] documents)
    {
        var collection = await account.CreateCollectionAsync();
        foreach (var (name, text) in documents)
        {
            var uploaded = await account.UploadAsync(collection, name, text);
            Assert.Equal("ready", (await account.SettledAsync(uploaded.Id)).Status);
        }

        return collection;
    }

    public static async Task<GoldenQuestion> GoldenAsync(this Account account, Guid collection, string question, params Expectation[] expected) =>
        await OkAsync(
            await account.Http.PostAsJsonAsync($"/api/quality/collections/{collection}/questions", new GoldenQuestionBody(question, expected), Cancellation),
            ContractsJson.Default.GoldenQuestion);

    public static async Task<EvaluationReport> EvaluateAsync(this Account account, string scope, string settings = "applied", string? model = null)
    {
        var run = await OkAsync(
            await account.Http.PostAsJsonAsync("/api/quality/runs", new StartEvaluationRequest(scope, settings, model), Cancellation),
            ContractsJson.Default.EvaluationRun);
        return await Eventually.GetAsync(
            async () => await account.Http.GetFromJsonAsync($"/api/quality/runs/{run.Id}", ContractsJson.Default.EvaluationReport, Cancellation)
                is { Run.FinishedAt: not null } ended ? ended : null,
            $"evaluation {run.Id} ends", TimeSpan.FromMinutes(3));
    }

    public static async Task<SettingsInfo> DraftAsync(this Account account, string scope, RetrievalSettings settings)
    {
        var now = await account.Http.GetFromJsonAsync($"/api/quality/settings/{scope}", ContractsJson.Default.SettingsInfo, Cancellation);
        return await OkAsync(
            await account.Http.PutAsJsonAsync($"/api/quality/settings/{scope}/draft", new PutDraftRequest(settings, now!.Version), Cancellation),
            ContractsJson.Default.SettingsInfo);
    }

    public static Task<HttpResponseMessage> ApplyAsync(this Account account, string scope, int version, bool force = false) =>
        account.Http.PostAsJsonAsync($"/api/quality/settings/{scope}/apply", new ApplySettingsRequest(version, force, force ? "we know better" : null), Cancellation);

    public static async Task<SearchResponse> SearchAsync(this Account account, string query, Guid collection) => await OkAsync(
        await account.Http.PostAsJsonAsync("/api/search", new SearchRequest(query, [collection]), Cancellation), ContractsJson.Default.SearchResponse);

    /// <summary>The newest record of a search, once it is written.</summary>
    public static Task<QuerySummary> RecordAsync(this Account account, string question, string filter = "") => Eventually.GetAsync(
        async () => (await account.Http.GetFromJsonAsync($"/api/retrieval/queries?{filter}", ContractsJson.Default.PageQuerySummary, Cancellation))!
            .Items.FirstOrDefault(record => record.Question == question),
        $"a record of '{question}'");

    /// <summary>The same person in another role. Roles are remembered for seconds with the key, so it is a key that nobody has used.</summary>
    public static async Task<HttpClient> AsAsync(this Account account, Product product, string role)
    {
        var key = await OkAsync(await account.Http.PostAsJsonAsync("/api/keys", new CreateKeyRequest(role), Cancellation), ContractsJson.Default.CreatedKey);
        await product.Stack.ScalarAsync<object>("update memberships set role = $2 where tenant_id = $1", account.TenantId, role);
        HttpClient http = new() { BaseAddress = product.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key.Key);
        return http;
    }

    public static async Task<T> OkAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> shape)
    {
        using (response)
        {
            Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));
            return (await response.Content.ReadFromJsonAsync(shape, Cancellation))!;
        }
    }

    public static async Task<Problem> RefusedAsync(HttpResponseMessage response, System.Net.HttpStatusCode status)
    {
        using (response)
        {
            Assert.True(response.StatusCode == status, await response.Content.ReadAsStringAsync(Cancellation));
            return await Account.ProblemAsync(response);
        }
    }
}
