using System.Diagnostics;
using System.Text.Json;
using AiSaas.Tests.Browser;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Uploads;

/// <summary>The client that browsers have, unmodified, through the web front end.</summary>
public sealed class TusClientTests(Site site) : IClassFixture<Site>
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task An_unmodified_tus_client_is_interrupted_and_goes_on_from_there()
    {
        using var account = await site.Product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        ProcessStartInfo start = new("node", [Repository.PathOf("AiSaas.Tests", "Uploads", "tus-client.mjs")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["AISAAS_CLIENT"] = Repository.PathOf("AiSaas.Web", "package.json");
        start.Environment["AISAAS_URL"] = site.Address.AbsoluteUri.TrimEnd('/');
        start.Environment["AISAAS_KEY"] = account.Key;
        start.Environment["AISAAS_COLLECTION"] = collection.ToString();
        using Process node = Process.Start(start)!;
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        await using var kill = limit.Token.Register(node.Kill);

        var errors = node.StandardError.ReadToEndAsync(limit.Token);
        string told = await node.StandardOutput.ReadToEndAsync(limit.Token);

        Assert.True(told.StartsWith('{'), $"{told}{await errors}");
        var answer = JsonDocument.Parse(told).RootElement;
        long bytes = answer.GetProperty("bytes").GetInt64();
        Assert.Equal(("done", bytes), (answer.GetProperty("status").GetString(), answer.GetProperty("received").GetInt64()));
        Assert.True(answer.GetProperty("first").GetInt64() >= 1_400_000, "It went on from where it was.");
        Assert.Equal(404, answer.GetProperty("dropped").GetInt32());
        Assert.Equal("coast/lamps.txt", answer.GetProperty("name").GetString());
        var document = answer.GetProperty("document").GetProperty("id").GetGuid();
        Assert.Equal(bytes, (await account.Http.GetByteArrayAsync($"/api/documents/{document}/file", limit.Token)).LongLength);
        await account.Http.DeleteAsync($"/api/documents/{document}", limit.Token);
    }
}
