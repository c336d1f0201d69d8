using System.Globalization;
using AiSaas.Bench.Gateway.Mock;

namespace AiSaas.Bench.Gateway;

/// <summary>Everything that a run needs, started: stores, mock provider, our api, and Portkey where it is wanted.</summary>
internal sealed class GatewayStage : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aisaas-bench-");

    private GatewayStage()
    {
    }

    public required BenchPostgres Postgres { get; init; }

    public required BenchRedis Redis { get; init; }

    public required Target Direct { get; init; }

    public ApiServer Api { get; private set; } = null!;

    public Target Ours { get; private set; } = null!;

    public Target? Portkey { get; private set; }

    public IReadOnlyList<Target> Targets => Portkey is null ? [Direct, Ours] : [Direct, Ours, Portkey];

    public static async Task<GatewayStage> SetAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var postgres = await BenchPostgres.StartAsync(arguments.Text("postgres"), cancellation);
        var redis = await BenchRedis.StartAsync(cancellation);
        var mock = ChildProcess.Start("dotnet", [typeof(GatewayStage).Assembly.Location, MockProvider.Command]);
        GatewayStage stage = new()
        {
            Postgres = postgres,
            Redis = redis,
            Direct = new("direct", int.Parse(await mock.FirstLineAsync(cancellation), CultureInfo.InvariantCulture), "", mock),
        };
        stage._started.Push(postgres);
        stage._started.Push(redis);
        stage._started.Push(mock);
        try
        {
            await stage.StartGatewaysAsync(arguments, cancellation);
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the stores used so far: our gateway's work that isn't in its own process.</summary>
    public double RedisMicroseconds() => ProcessTimes.TreeMicroseconds(Redis.Process.Id);

    public double PostgresMicroseconds() => Postgres.ServerProcess is { } server ? ProcessTimes.TreeMicroseconds(server) : 0;

    /// <summary>Whole answers, streams and embeddings that the mock was asked for, and the streams that were given up.</summary>
    public async Task<(long Whole, long Streams, long Embeddings, long Canceled)> CountsAsync(CancellationToken cancellation)
    {
        using HttpClient http = new() { Timeout = TimeSpan.FromSeconds(30) };
        long[] counts = [.. (await http.GetStringAsync(new Uri($"http://127.0.0.1:{Direct.Port}/counts"), cancellation))
            .Split(' ').Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return (counts[0], counts[1], counts[2], counts[3]);
    }

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var one))
        {
            await one.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartGatewaysAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        string settings = await ApiServer.WriteSettingsAsync(_folder.FullName, Direct.Port, cancellation);
        Api = await ApiServer.StartAsync(Postgres, Redis, settings, arguments.Text("api-env"), cancellation);
        _started.Push(Api);
        string key = await ApiTenant.RegisterAsync(Api.Address, cancellation);
        Ours = new("AiSaas", Api.Port, $"Authorization: Bearer {key}\r\n", Api.Process);
        if (arguments.Folder("portkey") is { } portkey)
        {
            Portkey = await Gateway.Portkey.StartAsync(portkey, Direct, cancellation);
            _started.Push(Portkey.Process);
        }
    }
}
