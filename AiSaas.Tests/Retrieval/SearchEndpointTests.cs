using System.Net;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Retrieval;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Retrieval;

public sealed class SearchEndpointTests(Product product) : IClassFixture<Product>
{
    [Fact]
    public async Task A_search_returns_passages_with_places_scores_and_timings()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var uploaded = await account.UploadAsync(collection, "refunds.md", "# Refunds\n\nA refund takes five working days.\n\n# Warranty\n\nTwo years from purchase.");
        Assert.Equal("ready", (await account.SettledAsync(uploaded.Id)).Status);

        var found = await SearchAsync(account, new SearchRequest("How long does a refund take?", [collection], Limit: 3));

        var hit = found.Hits[0];
        Assert.Equal((uploaded.Id, collection, "refunds.md", 1), (hit.DocumentId, hit.CollectionId, hit.DocumentName, hit.Page));
        Assert.Contains("five working days", hit.Text, StringComparison.Ordinal);
        Assert.Equal(hit.Text.Length, hit.End - hit.Start);
        Assert.True(hit.Scores.Lexical > 0);
        Assert.True(found.Timings.TotalMs > 0);
        Assert.Empty((await SearchAsync(account, new SearchRequest("refund", [Guid.CreateVersion7()]))).Hits);
        Assert.Empty((await SearchAsync(account, new SearchRequest("refund", Filter: new SearchFilter(ContentTypes: ["application/pdf"])))).Hits);
    }

    [Theory]
    [InlineData("", null, "search:empty-query")]
    [InlineData("   ", null, "search:empty-query")]
    [InlineData(null, 2_001, "search:query-too-long")]
    [InlineData("refund", 0, "search:limit")]
    [InlineData("refund", 51, "search:limit")]
    public async Task What_can_not_be_searched_is_refused_with_a_code(string? query, int? number, string code)
    {
        using var account = await product.RegisterAsync();
        SearchRequest request = query is null
            ? new(new string('x', number!.Value))
            : new(query, Limit: number);

        using var response = await account.Http.PostAsJsonAsync("/api/search", request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync(ContractsJson.Default.Problem, TestContext.Current.CancellationToken);
        Assert.Equal(code, problem!.Code);
    }

    private static async Task<SearchResponse> SearchAsync(Account account, SearchRequest request)
    {
        using var response = await account.Http.PostAsJsonAsync("/api/search", request, TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.SearchResponse, TestContext.Current.CancellationToken))!;
    }
}
