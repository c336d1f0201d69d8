using AiSaas.Api.Identity;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Llm.Simulator;

namespace AiSaas.Tests.Gateway.Clients;

/// <summary>The product on real sockets before a simulated provider, and a key for it, as a client's documentation asks for.</summary>
/// <remarks>Each model has a provider of its own: what one of them does to its key and its breaker is nothing to the others.</remarks>
public sealed class ClientsHost(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly string[] Many = [.. Enumerable.Range(0, 600).Select(index => $"word{index} ")];

    // What a model does goes by its name, which is the same on both sides of the gateway.
    private static readonly (string Model, Script Script)[] Behaviours =
    [
        ("chat", new Script()),
        ("tool", new Script { Tool = ("weather", ["{\"ci", "ty\":\"Zü", "rich\"}"]) }),
        ("slow", new Script { Tokens = Many, Pace = TimeSpan.FromMilliseconds(50) }),
        ("slow-short", new Script { Tokens = [.. Many.Take(30)], Pace = TimeSpan.FromMilliseconds(20) }),
        ("late", new Script { Latency = TimeSpan.FromSeconds(15) }),
        ("bad", Script.Fails(400, "unsupported_value", "temperature is out of range")),
        ("rate", Script.Fails(429, "rate_limit_exceeded", "Slow down.", retryAfter: 7)),
        ("broken", Script.Fails(500)),
        ("broken-too", Script.Fails(500)),
        ("overloaded", Script.Fails(529, "overloaded_error", "Overloaded")),
        ("refused", Script.Fails(401, "invalid_api_key", "Incorrect API key provided: sk-sim.")),
        ("error-midway", new Script { ErrorAfterFrames = 3 }),
        ("dies-midway", new Script { DieAfterFrames = 3 }),
        ("ends-early", new Script { EndAfterFrames = 3 }),
        ("embed", new Script()),
    ];

    private readonly Stack _stack = new(postgres);
    private ProviderSimulator? _simulator;
    private ServiceHost<CurrentUser>? _api;
    private ServiceHost<Ingestion.Worker.WorkerOptions>? _worker;
    private Account? _account;

    public Uri Api => _api!.Address;

    /// <summary>Made through HTTP, like anybody's.</summary>
    public string Key => _account!.Key;

    internal ProviderSimulator Simulator => _simulator!;

    public async ValueTask InitializeAsync()
    {
        await _stack.InitializeAsync();
        _simulator = await ProviderSimulator.StartAsync(
            new Script { Tokens = [.. Many.Take(30)], Pace = TimeSpan.FromMilliseconds(20), DieAfterFrames = 10 }, new Script { Tokens = [.. Many.Take(30)] });
        List<(string, string?)> settings =
        [
            ("Worker:Queues", "maintenance,chat,batch"),
            ("Gateway:Limits:TenantRequestsPerMinute", "100000"), ("Gateway:Limits:TenantTokensPerMinute", "10000000"),
            ("Gateway:Ledger:JournalFolder", Path.Combine(_stack.RedisServer.State, "journal")),
        ];
        foreach (var (model, script) in Behaviours)
        {
            settings.AddRange([.. Model($"sim-{model}", "openai-compatible", _simulator.Address + "/v1"), .. Model($"claude-{model}", "anthropic", _simulator.Address)]);
            _simulator.Models[$"sim-{model}"] = script;
            _simulator.Models[$"claude-{model}"] = script;
        }

        // The only one without a script of its own: it takes the simulator's, in order.
        settings.AddRange(Model("sim-breaks-off-once", "openai-compatible", _simulator.Address + "/v1"));
        settings.AddRange([("Gateway:Embeddings:sim-embed:Provider", "sim-embed"), ("Gateway:Embeddings:sim-embed:Model", "sim-embed")]);
        var all = _stack.Settings([.. settings]);
        _api = new(all);
        _worker = new(all);
        _account = await Account.RegisterAsync(_api.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _account?.Dispose();
        foreach (var one in new IAsyncDisposable?[] { _worker, _api, _simulator, _stack })
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }

    internal static (string, string?)[] Model(string name, string kind, string address) =>
    [
        ($"Gateway:Providers:{name}:Kind", kind),
        ($"Gateway:Providers:{name}:BaseUrl", address),
        ($"Gateway:Providers:{name}:ApiKeys:0", "sk-sim"),
        ($"Gateway:Models:{name}:Targets:0:Provider", name),
        ($"Gateway:Models:{name}:Targets:0:Model", name),
    ];
}
