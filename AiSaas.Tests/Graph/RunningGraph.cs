using AiSaas.Tests.Graph;
using AiSaas.Tests.Infrastructure;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

[assembly: AssemblyFixture(typeof(RunningGraph))]

namespace AiSaas.Tests.Graph;

/// <summary>The whole product, started once by its own AppHost: free ports, a state folder of its own, no durability.</summary>
public sealed class RunningGraph : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _once = new(1, 1);
    private DistributedApplication? _application;

    public string State { get; } = Directory.CreateTempSubdirectory("aisaas-graph-").FullName;

    public int WebPort { get; } = LocalServer.FreePort();

    public int ApiPort { get; } = LocalServer.FreePort();

    /// <summary>Started by whoever asks first, so that a run without graph tests has no graph.</summary>
    public async Task<DistributedApplication> GetAsync(CancellationToken cancellation)
    {
        await _once.WaitAsync(cancellation);
        try
        {
            return _application ??= await StartAsync(cancellation);
        }
        finally
        {
            _once.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }

        _once.Dispose();
        Directory.Delete(State, recursive: true);
    }

    private async Task<DistributedApplication> StartAsync(CancellationToken cancellation)
    {
        string[] args =
        [
            $"--AISAAS_STATE={State}",
            $"--AISAAS_WEB_PORT={WebPort}",
            $"--AISAAS_API_PORT={ApiPort}",
            $"--AISAAS_POSTGRES_PORT={LocalServer.FreePort()}",
            $"--AISAAS_REDIS_PORT={LocalServer.FreePort()}",
        ];
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AiSaas_AppHost>(args, cancellation);
        foreach (var server in builder.Resources.OfType<ExecutableResource>().ToArray())
        {
            builder.CreateResourceBuilder(server).WithEnvironment("AISAAS_DB_TEST", "1");
        }

        var application = await builder.BuildAsync(cancellation);
        await application.StartAsync(cancellation);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        foreach (var service in (string[])["api", "web", "worker-documents", "worker-answers", "worker-answers-2"])
        {
            await application.ResourceNotifications.WaitForResourceHealthyAsync(service, limit.Token);
        }

        return application;
    }
}
