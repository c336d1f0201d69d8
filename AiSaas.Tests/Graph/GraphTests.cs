using System.Net;
using System.Text.Json;
using Aspire.Hosting.Testing;

namespace AiSaas.Tests.Graph;

public sealed class GraphTests(RunningGraph graph)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_part_comes_up_and_the_front_page_is_served()
    {
        var application = await graph.GetAsync(Cancellation);
        using var web = application.CreateHttpClient("web", "http");

        using var page = await web.GetAsync(new Uri("/", UriKind.Relative), Cancellation);

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.Equal(graph.WebPort, web.BaseAddress?.Port);
    }

    [Theory]
    [InlineData("api")]
    [InlineData("web")]
    [InlineData("worker-documents")]
    [InlineData("worker-answers")]
    [InlineData("worker-answers-2")]
    public async Task Each_service_says_how_its_dependencies_are(string service)
    {
        var application = await graph.GetAsync(Cancellation);
        using var client = application.CreateHttpClient(service, "http");

        using var response = await client.GetAsync(new Uri("/health", UriKind.Relative), Cancellation);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.All(body.RootElement.GetProperty("dependencies").EnumerateObject(), dependency =>
            Assert.Equal("healthy", dependency.Value.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task The_migrator_has_run_to_its_end_before()
    {
        var application = await graph.GetAsync(Cancellation);

        var ended = await application.ResourceNotifications.WaitForResourceAsync("migrator", change => change.Snapshot.ExitCode is not null, Cancellation);

        Assert.Equal(0, ended.Snapshot.ExitCode);
    }

    [Fact]
    public async Task Services_sign_in_as_the_role_that_owns_nothing()
    {
        var application = await graph.GetAsync(Cancellation);

        Assert.Contains("Username=aisaas_app;", await application.GetConnectionStringAsync("aisaas", Cancellation), StringComparison.Ordinal);
        Assert.All(Processes("AiSaas.Api", "AiSaas.Ingestion"), service =>
        {
            Assert.Contains("Username=aisaas_app;", service.Environment["ConnectionStrings__aisaas"], StringComparison.Ordinal);
            Assert.DoesNotContain("ConnectionStrings__aisaas-owner", service.Environment.Keys);
        });
    }

    [Fact]
    public async Task The_environment_follows_the_conventions_of_Aspire()
    {
        await graph.GetAsync(Cancellation);

        var web = Assert.Single(Processes("AiSaas.Web"));
        Assert.EndsWith($":{graph.ApiPort}", web.Environment["services__api__http__0"], StringComparison.Ordinal);
        Assert.Equal($"http://127.0.0.1:{graph.WebPort}", web.Environment["ASPNETCORE_URLS"]);
        Assert.DoesNotContain(web.Environment.Keys, name => name.StartsWith("ConnectionStrings__", StringComparison.Ordinal));
        Assert.Equal(
            ["chat,batch,evals,webhooks", "chat,batch,evals,webhooks", "ingest,maintenance,sources"],
            Processes("AiSaas.Ingestion").Select(worker => worker.Environment["Worker__Queues"]).Order());
    }

    // `dotnet X.dll` under one host and the program itself under another.
    private IReadOnlyList<StateProcess> Processes(params string[] programs) =>
        [.. StateProcess.Of(graph.State).Where(process => programs.Contains(process.Program))];
}
