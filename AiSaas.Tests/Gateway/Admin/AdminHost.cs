using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Llm.Simulator;

namespace AiSaas.Tests.Gateway.Admin;

/// <summary>An api whose provider <c>openai</c> is a simulator with two house keys, beside a provider that is always down.</summary>
public sealed class AdminHost(PostgresServer postgres) : IAsyncLifetime
{
    public const string HouseKey = "sk-house-0123456789-aaaa";
    public const string OtherHouseKey = "sk-house-0123456789-bbbb";

    private ServiceHost<CurrentUser>? _api;

    public Stack Stack { get; } = new(postgres);

    public Uri Api => _api!.Address;

    public IServiceProvider Services => _api!.Services;

    internal KeySimulator Provider { get; private set; } = null!;

    internal ProviderSimulator Down { get; private set; } = null!;

    public Task<Account> RegisterAsync() => Account.RegisterAsync(Api);

    public async ValueTask InitializeAsync()
    {
        await Stack.InitializeAsync();
        Provider = await KeySimulator.StartAsync();
        Down = await ProviderSimulator.StartAsync(Script.Fails(503));
        _api = new(Stack.Settings(
            ("Identity:AttemptsPerMinute", "100000"),
            ("Gateway:Providers:openai:BaseUrl", Provider.Address + "/v1"),
            ("Gateway:Providers:openai:ApiKeys:0", HouseKey), ("Gateway:Providers:openai:ApiKeys:1", OtherHouseKey),
            ("Gateway:Providers:down:Kind", "openai-compatible"), ("Gateway:Providers:down:BaseUrl", Down.Address + "/v1"),
            ("Gateway:Models:house:Strategy", "fallback"),
            ("Gateway:Models:house:Targets:0:Provider", "down"), ("Gateway:Models:house:Targets:0:Model", "m0"),
            ("Gateway:Models:house:Targets:1:Provider", "openai"), ("Gateway:Models:house:Targets:1:Model", "m1"),
            ("Gateway:Models:house:OnContextTooLong:0", "large"),
            ("Gateway:Models:large:Strategy", "weighted"),
            ("Gateway:Models:large:Targets:0:Provider", "openai"), ("Gateway:Models:large:Targets:0:Model", "m9"),
            ("Gateway:RetryBudget:MinimumPerSecond", "1000"),
            ("Gateway:Breaker:OpenSeconds", "300")));
    }

    public async ValueTask DisposeAsync()
    {
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await Provider.DisposeAsync();
        await Down.DisposeAsync();
        await Stack.DisposeAsync();
    }
}
