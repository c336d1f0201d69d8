using System.Text.Json;

namespace AiSaas.Bench.Crash;

/// <summary>The product as processes, and everything under it.</summary>
internal sealed class CrashStage : IAsyncDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Leaving = TimeSpan.FromSeconds(25);

    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aisaas-crash-");

    private CrashStage()
    {
    }

    public BenchPostgres Postgres { get; private set; } = null!;

    public BenchRedis Redis { get; private set; } = null!;

    public MoodyProvider Provider { get; private set; } = null!;

    /// <summary>Whether a process of the product was killed: what it had been granted ahead of its budgets stays held for ten minutes.</summary>
    public bool HasKilled { get; private set; }

    public IReadOnlyList<ServiceProcess> Apis { get; private set; } = [];

    public IReadOnlyList<ServiceProcess> Workers { get; private set; } = [];

    public string JournalFolder => Path.Combine(_folder.FullName, "journal");

    public static async Task<CrashStage> SetAsync(CrashPlan plan, CancellationToken cancellation)
    {
        CrashStage stage = new();
        try
        {
            await stage.StartAsync(plan, cancellation);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Does a fault and undoes it: everything runs again when this returns.</summary>
    public async Task DoAsync(Fault fault, CancellationToken cancellation)
    {
        HasKilled |= fault.Kind is FaultKind.KillWorker or FaultKind.KillApi or FaultKind.KillAll;
        var (worker, api) = (Workers[fault.Target % Workers.Count], Apis[fault.Target % Apis.Count]);
        switch (fault.Kind)
        {
            case FaultKind.KillWorker:
                await worker.KillAsync();
                await worker.StartAgainAsync(cancellation);
                break;
            case FaultKind.EndWorker:
                await worker.EndAsync(Leaving);
                await worker.StartAgainAsync(cancellation);
                break;
            case FaultKind.FreezeWorker:
                await worker.SignalAsync("STOP");
                await PauseAsync(Lease + TimeSpan.FromSeconds(1.5), cancellation);
                await worker.SignalAsync("CONT");
                break;
            case FaultKind.KillApi:
                await api.KillAsync();
                await api.StartAgainAsync(cancellation);
                break;
            case FaultKind.EndApi:
                await api.EndAsync(Leaving);
                await api.StartAgainAsync(cancellation);
                break;
            case FaultKind.KillRedis:
                await Redis.KillAsync();
                await Redis.StartAgainAsync(cancellation);
                break;
            case FaultKind.FlushRedis:
                await RedisWords.SendAsync(Redis.Port, "FLUSHALL", cancellation);
                break;
            case FaultKind.StopRedis:
                await Redis.KillAsync();
                await PauseAsync(fault.Lasts, cancellation);
                await Redis.StartAgainAsync(cancellation);
                break;
            case FaultKind.FreezeRedis:
                await Redis.SignalAsync("STOP");
                await PauseAsync(fault.Lasts / 2, cancellation);
                await Redis.SignalAsync("CONT");
                break;
            case FaultKind.StopPostgres:
                await Postgres.StopAtOnceAsync();
                await PauseAsync(fault.Lasts / 4, cancellation);
                await Postgres.StartAgainAsync(cancellation);
                break;
            case FaultKind.Provider:
                Provider.IsStormy = true;
                await PauseAsync(fault.Lasts, cancellation);
                Provider.IsStormy = false;
                break;
            case FaultKind.KillAll:
                ServiceProcess[] all = [.. Workers, .. Apis];
                await Task.WhenAll(all.Select(one => one.KillAsync()));
                await Task.WhenAll(all.Select(one => one.StartAgainAsync(cancellation)));
                break;
        }
    }

    /// <summary>Ends the product in order: what a process holds for calls to come goes back.</summary>
    public Task EndAsync() => Task.WhenAll(Apis.Concat(Workers).Select(one => one.EndAsync(Leaving)));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Apis.Concat(Workers).Select(one => one.DisposeAsync().AsTask()));
        while (_started.TryPop(out var one))
        {
            await one.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartAsync(CrashPlan plan, CancellationToken cancellation)
    {
        // The product's own settings: what was committed is there after a crash. Not against a loss of power, which nobody plays here:
        // the kernel keeps what Postgres wrote, and fsync would only measure this machine's disk.
        _started.Push(Postgres = await BenchPostgres.StartAsync(null, cancellation));
        Rows rows = new(Postgres.Owner);
        await rows.WordsAsync("alter system set fsync = off", cancellation);
        await rows.WordsAsync("select pg_reload_conf()", cancellation);
        _started.Push(Redis = await BenchRedis.StartAsync(forgets: !plan.Aof, cancellation));
        _started.Push(Provider = await MoodyProvider.StartAsync(plan.Seed, cancellation));
        string settings = Path.Combine(_folder.FullName, "settings.json");
        await File.WriteAllTextAsync(settings, Settings(), cancellation);
        List<(string, string)> environment =
        [
            ("AISAAS_SETTINGS", settings), ("ConnectionStrings__aisaas", Postgres.App), ("ConnectionStrings__redis", $"127.0.0.1:{Redis.Port}"),
            ("Worker__Queues", "ingest,maintenance,chat,batch,evals,webhooks"), ("Worker__Drain", $"{Drain}"), ("Worker__Lease", $"{Lease}"),
            ("Identity__AttemptsPerMinute", "100000"), ("Logging__LogLevel__Default", "Warning"), ("DOTNET_gcServer", "0"),
        ];
        Workers = [.. Enumerable.Range(1, plan.Workers).Select(number => ServiceProcess.Start("AiSaas.Ingestion", number, environment))];
        Apis = [.. Enumerable.Range(1, plan.Apis).Select(number => ServiceProcess.Start("AiSaas.Api", number, environment))];
        await Task.WhenAll(Workers.Concat(Apis).Select(one => one.ListensAsync(cancellation)));
    }

    private string Settings() => JsonSerializer.Serialize(new
    {
        Gateway = new
        {
            Providers = new
            {
                moody = new { Kind = "openai-compatible", BaseUrl = $"http://127.0.0.1:{Provider.Port}/a/v1", ApiKeys = (string[])["sk-a"] },
                calm = new { Kind = "openai-compatible", BaseUrl = $"http://127.0.0.1:{Provider.Port}/b/v1", ApiKeys = (string[])["sk-b"] },
            },
            Models = new Dictionary<string, object>
            {
                ["mock"] = new { Targets = (object[])[new { Provider = "moody", MoodyProvider.Model }, new { Provider = "calm", MoodyProvider.Model }] },
            },
            Prices = new Dictionary<string, object> { ["moody"] = Price(), ["calm"] = Price() },
            Ledger = new { JournalFolder },
        },
        Outbound = new { AllowedNetworks = (string[])["127.0.0.1/32"], AllowedPorts = (int[])[Provider.Port] },
    });

    private static Dictionary<string, object> Price() => new() { [MoodyProvider.Model] = new { Input = "0.5", Output = "1.5" } };

    private static Task PauseAsync(TimeSpan pause, CancellationToken cancellation) => Task.Delay(pause, TimeProvider.System, cancellation);
}
