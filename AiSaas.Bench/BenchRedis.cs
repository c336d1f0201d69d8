namespace AiSaas.Bench;

/// <summary>A Redis for the run, through <c>eng/local/redis.sh</c>, with the product's own settings.</summary>
internal sealed class BenchRedis : IAsyncDisposable
{
    private readonly DirectoryInfo _state;
    private readonly bool _forgets;

    private BenchRedis(int port, DirectoryInfo state, bool forgets)
    {
        (Port, _state, _forgets) = (port, state, forgets);
        Process = Launch();
    }

    public ChildProcess Process { get; private set; }

    public int Port { get; }

    public static Task<BenchRedis> StartAsync(CancellationToken cancellation) => StartAsync(forgets: false, cancellation);

    /// <param name="forgets">Without its append-only file: what was in memory is gone when it is killed.</param>
    /// <param name="cancellation">Stops waiting.</param>
    public static async Task<BenchRedis> StartAsync(bool forgets, CancellationToken cancellation)
    {
        BenchRedis redis = new(FreePort.Next(), Directory.CreateTempSubdirectory("aisaas-bench-"), forgets);
        await redis.Process.ListensAsync(redis.Port, cancellation);
        return redis;
    }

    /// <summary><c>kill -9</c> of the server and the script that holds it.</summary>
    public async Task KillAsync()
    {
        await ChildProcess.SignalAsync(Server, "KILL");
        await Process.KillAsync();
    }

    /// <summary>Freezes or thaws the server.</summary>
    public Task SignalAsync(string signal) => ChildProcess.SignalAsync(Server, signal);

    public async Task StartAgainAsync(CancellationToken cancellation)
    {
        await Process.DisposeAsync();
        Process = Launch();
        await Process.ListensAsync(Port, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _state.Delete(recursive: true);
    }

    private int Server => Process.ServerOf("redis-server");

    private ChildProcess Launch() => ChildProcess.Start(
        "bash", [BenchFolder.Of("eng", "local", "redis.sh")],
        ("AISAAS_STATE", _state.FullName), ("REDIS_PORT", $"{Port}"), ("AISAAS_DB_TEST", _forgets ? "1" : ""));
}
