using AiSaas.Api.Identity;

namespace AiSaas.Tests.Infrastructure;

/// <summary>The api and a worker for every queue, in this process, over a real Postgres and Redis.</summary>
public sealed class Product(PostgresServer postgres) : IAsyncLifetime
{
    private ServiceHost<CurrentUser>? _api;
    private ServiceHost<Ingestion.Worker.WorkerOptions>? _worker;

    public Stack Stack { get; } = new(postgres);

    public Uri Api => _api!.Address;

    public IServiceProvider Services => _api!.Services;

    public IServiceProvider WorkerServices => _worker!.Services;

    public Task<Account> RegisterAsync(string workspace = "Test") => Account.RegisterAsync(Api, workspace);

    public async ValueTask InitializeAsync()
    {
        await Stack.InitializeAsync();
        var settings = Stack.Settings(
            ("Worker:Queues", "ingest,maintenance,chat,batch,evals,webhooks,sources"),
            ("Outbound:AllowedNetworks:0", "127.0.0.0/8"),
            ("Identity:AttemptsPerMinute", "100000"));
        _api = new(settings);
        _worker = new(settings);
    }

    public async ValueTask DisposeAsync()
    {
        if (_worker is not null)
        {
            await _worker.DisposeAsync();
        }

        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await Stack.DisposeAsync();
    }
}
