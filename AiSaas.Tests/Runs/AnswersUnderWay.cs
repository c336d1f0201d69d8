using AiSaas.Api.Identity;
using AiSaas.Tests.Gateway.Clients;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Llm.Simulator;
using StackExchange.Redis;

namespace AiSaas.Tests.Runs;

/// <summary>Two replicas of the api and a worker before a provider that takes three seconds for its answer; everything under them can be broken.</summary>
public sealed class AnswersUnderWay(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly string[] Words = [.. Enumerable.Range(0, 150).Select(index => $"word{index} ")];

    private readonly List<ServiceHost<CurrentUser>> _replicas = [];
    private ProviderSimulator? _simulator;
    private ServiceHost<Ingestion.Worker.WorkerOptions>? _worker;
    private ConnectionMultiplexer? _redis;

    /// <summary>What the provider answers.</summary>
    public static string Whole { get; } = string.Concat(Words);

    public Stack Stack { get; } = new(postgres);

    public (string Key, string? Value)[] Settings { get; private set; } = [];

    public Uri Replica(int number) => _replicas[number % _replicas.Count].Address;

    public Task<Account> RegisterAsync() => Account.RegisterAsync(Replica(0));

    /// <summary>Starts the worker in this process, if none runs.</summary>
    public void Work() => _worker ??= new(Stack.Settings(Settings));

    /// <summary>As somebody with <c>redis-cli</c> would.</summary>
    public async Task RedisAsync(string command, params object[] arguments)
    {
        _redis ??= await ConnectionMultiplexer.ConnectAsync(Stack.Redis + ",abortConnect=false,allowAdmin=true");
        await _redis.GetDatabase().ExecuteAsync(command, arguments);
    }

    /// <summary>The keys of a run's log.</summary>
    public async Task<string[]> KeysAsync(Guid run)
    {
        _redis ??= await ConnectionMultiplexer.ConnectAsync(Stack.Redis + ",abortConnect=false,allowAdmin=true");
        return [.. (string[])(await _redis.GetDatabase().ExecuteAsync("KEYS", $"*{run}*"))!];
    }

    public async ValueTask InitializeAsync()
    {
        await Stack.InitializeAsync();
        _simulator = await ProviderSimulator.StartAsync(new Script { Tokens = Words, Pace = TimeSpan.FromMilliseconds(20) });
        Settings = [("Worker:Queues", "maintenance,chat"), ("Identity:AttemptsPerMinute", "100000"), .. ClientsHost.Model("slow", "openai-compatible", _simulator.Address + "/v1")];
        _replicas.AddRange(new ServiceHost<CurrentUser>(Stack.Settings(Settings)), new ServiceHost<CurrentUser>(Stack.Settings(Settings)));
    }

    public async ValueTask DisposeAsync()
    {
        _redis?.Dispose();
        foreach (var one in (IAsyncDisposable?[])[_worker, .. _replicas, _simulator, Stack])
        {
            await (one?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}
