using System.Globalization;
using AiSaas.Api.Identity;
using AiSaas.Ingestion.Worker;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Webhooks;

/// <summary>Api and worker with short pauses, and somebody to tell, whose network is allowed.</summary>
public sealed class WebhooksHost(PostgresServer postgres) : IAsyncLifetime
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private ServiceHost<CurrentUser>? _api;
    private ServiceHost<WorkerOptions>? _worker;

    public Stack Stack { get; } = new(postgres);

    public IServiceProvider Services => _api!.Services;

    public IServiceProvider WorkerServices => _worker!.Services;

    internal Receiver Receiver { get; private set; } = null!;

    public static (string, string?)[] Settings(Stack stack, params (string, string?)[] more) =>
    [
        .. stack.Settings().Select(setting => (setting.Key, setting.Value)),
        ("Worker:Queues", "ingest,webhooks"),
        ("Identity:AttemptsPerMinute", "100000"),
        ("Outbound:AllowedNetworks:0", "127.0.0.0/8"),
        ("Webhooks:Deadline", Deadline.ToString("c", CultureInfo.InvariantCulture)),
        ("Webhooks:Look", "00:00:00.1"),
        ("Webhooks:RetryDelays:0", "00:00:00.2"),
        ("Webhooks:RetryDelays:1", "00:00:00.4"),
        .. more,
    ];

    public Task<Account> RegisterAsync() => Account.RegisterAsync(_api!.Address);

    public async ValueTask InitializeAsync()
    {
        await Stack.InitializeAsync();
        Receiver = await Receiver.StartAsync();
        var settings = Stack.Settings(Settings(Stack));
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

        await Receiver.DisposeAsync();
        await Stack.DisposeAsync();
    }
}
