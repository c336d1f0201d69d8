using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Jobs;

/// <summary>Jobs over HTTP.</summary>
public sealed class JobEndpointsTests(Product product) : IClassFixture<Product>
{
    [Fact]
    public async Task A_job_is_followed_to_its_end_and_a_succeeded_one_is_neither_retried_nor_canceled()
    {
        using var account = await product.RegisterAsync();
        var uploaded = await account.UploadAsync(await account.CreateCollectionAsync(), "notes.md", "# Refunds\n\nA refund takes five days.");

        using var stream = await account.Http.GetAsync($"/api/jobs/{uploaded.JobId}/events", HttpCompletionOption.ResponseHeadersRead);
        List<string> events = [];
        await using var body = await stream.Content.ReadAsStreamAsync();
        await foreach (var one in SseParser.Create(body).EnumerateAsync())
        {
            events.Add(one.Data);
        }

        Assert.Equal("[DONE]", events[^1]);
        var last = JsonSerializer.Deserialize(events[^2], ContractsJson.Default.JobInfo)!;
        Assert.Equal(("ingest", "succeeded", 1.0), (last.Kind, last.Status, last.Progress));
        using var retry = await account.Http.PostAsync($"/api/jobs/{uploaded.JobId}/retry", null);
        Assert.Equal(HttpStatusCode.Conflict, retry.StatusCode);
        Assert.Equal("jobs:not-retryable", (await Account.ProblemAsync(retry)).Code);
        using var cancel = await account.Http.PostAsync($"/api/jobs/{uploaded.JobId}/cancel", null);
        Assert.Equal(HttpStatusCode.Accepted, cancel.StatusCode);
        Assert.Equal("succeeded", (await cancel.Content.ReadFromJsonAsync(ContractsJson.Default.JobInfo))!.Status);
    }

    [Fact]
    public async Task Another_workspaces_job_is_not_found()
    {
        using var account = await product.RegisterAsync();
        using var stranger = await product.RegisterAsync();
        var uploaded = await account.UploadAsync(await account.CreateCollectionAsync(), "notes.md", "# Refunds\n\nA refund takes five days.");

        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, ""), (HttpMethod.Get, "/events"), (HttpMethod.Post, "/cancel"), (HttpMethod.Post, "/retry"),
        })
        {
            using var response = await stranger.Http.SendAsync(new HttpRequestMessage(method, $"/api/jobs/{uploaded.JobId}{path}"));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.Equal("jobs:not-found", (await Account.ProblemAsync(response)).Code);
        }
    }
}
