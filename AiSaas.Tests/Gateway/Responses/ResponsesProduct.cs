using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Gateway.Responses;

/// <summary>The api over a provider of chat completions, and a worker in this process once somebody wants one.</summary>
public sealed class ResponsesProduct(PostgresServer postgres) : IAsyncLifetime
{
    private TalkingProvider? _provider;
    private ServiceHost<CurrentUser>? _api;
    private ServiceHost<Ingestion.Worker.WorkerOptions>? _worker;

    public Stack Stack { get; } = new(postgres);

    internal TalkingProvider Provider => _provider!;

    public (string Key, string? Value)[] Settings =>
    [
        ("Worker:Queues", "chat"), ("Identity:AttemptsPerMinute", "100000"),
        ("Gateway:Providers:sim:Kind", "openai-compatible"), ("Gateway:Providers:sim:BaseUrl", Provider.Address),
        ("Gateway:Providers:native:Kind", "openai"), ("Gateway:Providers:native:BaseUrl", Provider.Address), ("Gateway:Providers:native:ApiKeys:0", "sk-native-key"),
        ("Gateway:Providers:native:NativeResponses", "true"),
    ];

    public Uri Api => _api!.Address;

    public async Task<Account> RegisterAsync() => await Account.RegisterAsync(_api!.Address);

    /// <summary>Starts the worker, if none runs.</summary>
    public void Work() => _worker ??= new(Stack.Settings(Settings));

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
        _provider = await TalkingProvider.StartAsync();
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
