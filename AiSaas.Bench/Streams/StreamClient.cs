using System.Globalization;

namespace AiSaas.Bench.Streams;

/// <summary>Browsers, thousands at once: each reads one run's stream to its end and checks every byte.</summary>
/// <remarks>A process of its own. Arguments: the api's port, a key, file of run ids (one reader for each line), chunks per stream,
/// how many of the last ones count for the lag. It says <c>open</c> when all are connected, then <c>lag p50 p99 max</c> in
/// microseconds, <c>faults</c> and the first of them.</remarks>
internal static class StreamClient
{
    public const string Command = "streams-client";

    private const int AtOnce = 64;

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        SocketMode.RunInline();
        int port = Number(args[0]), chunks = Number(args[3]), counted = Number(args[4]);
        StreamConnection[] connections =
            [.. (await File.ReadAllLinesAsync(args[2], cancellation)).Select(run => new StreamConnection(port, args[1], run, chunks, counted))];
        await Parallel.ForEachAsync(
            connections, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
            async (connection, token) => await connection.OpenAsync(token));
        Console.WriteLine("open");
        await Task.WhenAll(connections.Select(connection => connection.ReadAsync(cancellation)));
        int[] lags = [.. connections.SelectMany(connection => connection.Lags).Order()];
        Console.WriteLine($"bytes {connections.Sum(connection => connection.Bytes)}");
        Console.WriteLine($"faults {connections.Count(connection => connection.Fault is not null)} {connections.FirstOrDefault(one => one.Fault is not null)?.Fault}".ReplaceLineEndings(" "));
        Console.WriteLine($"lag {At(lags, 0.5)} {At(lags, 0.99)} {At(lags, 1)}");
        Array.ForEach(connections, connection => connection.Dispose());
        return 0;
    }

    private static int At(int[] sorted, double quantile) => sorted.Length == 0 ? 0 : sorted[(int)((sorted.Length - 1) * quantile)];

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
