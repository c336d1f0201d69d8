using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AiSaas.Bench.Queue;

/// <summary>BullMQ in a node process, on the same Redis.</summary>
internal sealed class BullMq : IAsyncDisposable
{
    private const string Package = "bullmq@6.7.0";
    private const string Driver = "ioredis@5";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    private readonly Process _node;

    private BullMq(Process node, string version) => (_node, Version) = (node, version);

    public string Version { get; }

    public int Id => _node.Id;

    public static async Task<BullMq> StartAsync(int redisPort, CancellationToken cancellation)
    {
        string folder = await InstallAsync(cancellation);
        ProcessStartInfo start = new("node", [Path.Combine(AppContext.BaseDirectory, "Queue", "bullmq.cjs"), folder, $"{redisPort}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["NODE_ENV"] = "production";
        var node = Process.Start(start)!;
        BullMq peer = new(node, "");
        var hello = await peer.ReadAsync(cancellation);
        return new(node, hello["version"]!.GetValue<string>());
    }

    /// <summary>Jobs a second, and what it waited for each in milliseconds where that is the question.</summary>
    public async Task<(double Seconds, double[] Milliseconds)> RunAsync(string name, int jobs, int concurrency, CancellationToken cancellation)
    {
        JsonObject ask = new() { ["case"] = name, ["jobs"] = jobs, ["concurrency"] = concurrency };
        await _node.StandardInput.WriteLineAsync(ask.ToJsonString().AsMemory(), cancellation);
        await _node.StandardInput.FlushAsync(cancellation);
        var answer = await ReadAsync(cancellation);
        return (
            answer["seconds"]?.GetValue<double>() ?? double.NaN,
            answer["milliseconds"] is JsonArray waits ? [.. waits.Select(wait => wait!.GetValue<double>())] : []);
    }

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await Task.WhenAny(_node.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System, CancellationToken.None));
        if (!_node.HasExited)
        {
            _node.Kill();
        }

        _node.Dispose();
    }

    private async Task<JsonNode> ReadAsync(CancellationToken cancellation)
    {
        string line = await _node.StandardOutput.ReadLineAsync(cancellation).AsTask().WaitAsync(Deadline, TimeProvider.System, cancellation)
            ?? throw new IOException("BullMQ's process has ended.");
        var answer = JsonNode.Parse(line) ?? throw new JsonException(line);
        return answer["failure"] is { } failure ? throw new IOException($"BullMQ: {failure}") : answer;
    }

    // With npm's own settings for where packages come from.
    private static async Task<string> InstallAsync(CancellationToken cancellation)
    {
        string folder = Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create),
            "aisaas-bench", Package);
        if (Directory.Exists(Path.Combine(folder, "node_modules", "bullmq")))
        {
            return folder;
        }

        Directory.CreateDirectory(folder);
        using var npm = Process.Start(new ProcessStartInfo(
            "npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", Package, Driver])
        {
            RedirectStandardOutput = true,
        })!;
        await npm.WaitForExitAsync(cancellation).WaitAsync(Deadline, TimeProvider.System, cancellation);
        return npm.ExitCode == 0 ? folder : throw new IOException($"npm could not install {Package}.");
    }
}
