using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Batches;

/// <summary>The api over <see cref="EchoProvider"/>, and a worker in this process once somebody wants one. A call of a model costs 82 millionths.</summary>
public sealed class BatchProduct(PostgresServer postgres) : IAsyncLifetime
{
    public const long CallNanos = 82_000;

    private static readonly string[] Models = ["plain", "slow", "wait", "fails", "bad", "limited"];

    private EchoProvider? _provider;
    private ServiceHost<CurrentUser>? _api;
    private ServiceHost<Ingestion.Worker.WorkerOptions>? _worker;

    public Stack Stack { get; } = new(postgres);

    internal EchoProvider Provider => _provider!;

    public Uri Api => _api!.Address;

    // A provider for each: what one of them does to its breaker is nothing to the others.
    public (string Key, string? Value)[] Settings =>
    [
        ("Worker:Queues", "batch,chat"), ("Identity:AttemptsPerMinute", "100000"), ("Batch:ItemTries", "2"), ("Batch:MaxItemBytes", "1048576"),
        ("Gateway:Limits:TenantRequestsPerMinute", "1000000"), ("Gateway:Limits:TenantTokensPerMinute", "1000000000"),
        ("Gateway:Ledger:JournalFolder", Path.Combine(Stack.RedisServer.State, "journal")),
        .. Models.SelectMany(model => new (string, string?)[]
        {
            ($"Gateway:Providers:{model}:Kind", "openai-compatible"), ($"Gateway:Providers:{model}:BaseUrl", Provider.Address),
            ($"Gateway:Models:{model}:Targets:0:Provider", model), ($"Gateway:Models:{model}:Targets:0:Model", model),
            ($"Gateway:Prices:{model}:{model}:Input", "1"), ($"Gateway:Prices:{model}:{model}:Output", "10"),
        }),
        ("Gateway:Embeddings:embed:Provider", "plain"), ("Gateway:Embeddings:embed:Model", "embed"),
    ];

    public async Task<Account> RegisterAsync() => await Account.RegisterAsync(_api!.Address);

    /// <summary>Starts the worker, if none runs.</summary>
    public void Work(params ReadOnlySpan<(string Key, string? Value)> more) => _worker ??= new(Stack.Settings([.. Settings, .. more]));

    public async Task RestAsync()
    {
        if (_worker is not null)
        {
            await _worker.DisposeAsync();
            _worker = null;
        }
    }

    public async ValueTask InitializeAsync()
    {
        _provider = await EchoProvider.StartAsync();
        await Stack.InitializeAsync();
        _api = new(Stack.Settings(Settings));
    }

    public async ValueTask DisposeAsync()
    {
        await Provider.DisposeAsync();
        await RestAsync();
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await Stack.DisposeAsync();
    }
}
