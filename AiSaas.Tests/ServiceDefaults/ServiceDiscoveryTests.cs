using AiSaas.ServiceDefaults;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.ServiceDefaults;

public sealed class ServiceDiscoveryTests
{
    [Fact]
    public async Task A_service_is_found_by_name() =>
        Assert.Equal(["http://127.0.0.1:5081/v1/models?x=1"], await AskAsync("https+http://api/v1/models?x=1", 1, ("services:api:http:0", "http://127.0.0.1:5081")));

    [Fact]
    public async Task The_first_scheme_that_the_service_offers_wins() =>
        Assert.Equal(["https://safe.test/"], await AskAsync(
            "https+http://api/", 1, ("services:api:http:0", "http://plain.test"), ("services:api:https:0", "https://safe.test")));

    [Fact]
    public async Task Several_addresses_take_turns()
    {
        var asked = await AskAsync("http://api/", 4, ("services:api:http:0", "http://one.test"), ("services:api:http:1", "http://two.test"));

        Assert.Equal(2, asked.Count(address => address == "http://one.test/"));
        Assert.Equal(2, asked.Count(address => address == "http://two.test/"));
    }

    [Fact]
    public async Task An_endpoint_has_a_name_of_its_own() =>
        Assert.Equal(["http://127.0.0.1:9000/stats"], await AskAsync("http://_admin.api/stats", 1, ("services:api:admin:0", "http://127.0.0.1:9000")));

    [Fact]
    public async Task An_ordinary_host_passes_through() =>
        Assert.Equal(["https://example.test:8443/a"], await AskAsync("https://example.test:8443/a", 1, ("services:api:http:0", "http://127.0.0.1:5081")));

    private static async Task<IReadOnlyList<string>> AskAsync(string address, int times, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)));
        builder.AddServiceDefaults();
        FakeServer server = new(_ => new HttpResponseMessage());
        builder.Services.AddHttpClient("any").ConfigurePrimaryHttpMessageHandler(() => server);
        using var host = builder.Build();
        var client = host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("any");
        for (var i = 0; i < times; i++)
        {
            using var response = await client.GetAsync(new Uri(address), TestContext.Current.CancellationToken);
        }

        return [.. server.Asked.Select(uri => uri.AbsoluteUri)];
    }
}
