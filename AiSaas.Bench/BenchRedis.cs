namespace AiSaas.Bench;

/// <summary>A Redis for the run, through <c>eng/local/redis.sh</c>, with the product's own settings.</summary>
internal sealed class BenchRedis : IAsyncDisposable
{
    private readonly DirectoryInfo _state;

    private BenchRedis(ChildProcess process, int port, DirectoryInfo state) => (Process, Port, _state) = (process, port, state);

    public ChildProcess Process { get; }

    public int Port { get; }

    public static async Task<BenchRedis> StartAsync(CancellationToken cancellation)
    {
        int port = FreePort.Next();
        var state = Directory.CreateTempSubdirectory("aisaas-bench-");
        var process = ChildProcess.Start(
            "bash", [Path.Combine("eng", "local", "redis.sh")], ("AISAAS_STATE", state.FullName), ("REDIS_PORT", $"{port}"));
        await process.ListensAsync(port, cancellation);
        return new(process, port, state);
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        _state.Delete(recursive: true);
    }
}
