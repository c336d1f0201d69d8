using AiSaas.Bench.Gateway;
using AiSaas.Core.Chat;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Bench.Streams;

/// <summary>A long answer read from its start by readers of a replica that has never seen it: under way, then finished.</summary>
internal static class Replays
{
    // An hour of talk at full pace: about as long as a log gets.
    private const int Chunks = 4_000;
    private const int Before = 3_000;
    private const int Readers = 20;

    public static async Task RunAsync(StreamsStage stage, BenchmarkReport report, CancellationToken cancellation)
    {
        var replica = await stage.ReplicaAsync(null, cancellation);
        string file = await stage.RunsAsync(2, 1, cancellation);
        string[] runs = await File.ReadAllLinesAsync(file, cancellation);
        using var host = Host(stage);
        var log = host.Services.GetRequiredService<RunLog>();

        // The first one warms both replicas up.
        await FollowAsync(stage, log, replica, runs[0], cancellation);
        var (underWay, finished, fault) = await FollowAsync(stage, log, replica, runs[1], cancellation);
        report.Add("replay, under way", Readers, 0, At(underWay, 0.5), At(underWay, 0.99), underWay[^1], 0, 0, 0, 0, 0, fault);
        report.Add("replay, finished", Readers, 0, At(finished, 0.5), At(finished, 0.99), finished[^1], 0, 0, 0, 0, 0, fault);
        report.Note($"Replays: {Chunks:N0} entries of a log, read one after the other from a replica that follows no other reader of the run; the time is until the last of them is there.");
    }

    private static async Task<(double[] UnderWay, double[] Finished, string Fault)> FollowAsync(
        StreamsStage stage, RunLog log, ApiServer replica, string run, CancellationToken cancellation)
    {
        _ = RunId.TryParse(run, null, out var id);
        await using var writer = await log.OpenAsync(TenantId.From(stage.Tenant), id, fence: 1, cancellation);
        await WriteAsync(writer, [new StartPart(Guid.CreateVersion7()), new StartStepPart(), new TextStartPart("t")], cancellation);
        await WriteAsync(writer, Deltas(0, Before), cancellation);
        List<StreamConnection> connections = [];
        List<Task> readings = [];
        List<double> underWay = [], finished = [];
        for (int reader = 0; reader < Readers; reader++)
        {
            StreamConnection connection = new(replica.Port, stage.Key, run, Chunks, 1);
            connections.Add(connection);
            underWay.Add(await TimeAsync(async () =>
            {
                await connection.OpenAsync(cancellation);
                readings.Add(connection.ReadAsync(cancellation));
                while (connection.Chunks < Before && connection.Fault is null)
                {
                    await Task.Yield();
                }
            }));
        }

        await WriteAsync(writer, [.. Deltas(Before, Chunks - Before), new TextEndPart("t"), new FinishStepPart(), new FinishPart()], cancellation);
        await Task.WhenAll(readings);
        for (int reader = 0; reader < Readers; reader++)
        {
            StreamConnection connection = new(replica.Port, stage.Key, run, Chunks, 1);
            connections.Add(connection);
            finished.Add(await TimeAsync(async () =>
            {
                await connection.OpenAsync(cancellation);
                await connection.ReadAsync(cancellation);
            }));
        }

        connections.ForEach(connection => connection.Dispose());
        var faulty = connections.Where(connection => connection.Fault is not null).ToList();
        return ([.. underWay.Order()], [.. finished.Order()], $"{faulty.Count} {faulty.FirstOrDefault()?.Fault}".Trim());
    }

    private static IHost Host(StreamsStage stage)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", $"127.0.0.1:{stage.Redis.Port}")]);
        builder.Services.AddSingleton<TimeProvider>(new HastyClock());
        builder.AddRedis();
        builder.Services.AddLogging();
        builder.Services.AddRuns();
        return builder.Build();
    }

    private static IEnumerable<StreamPart> Deltas(int from, int count) =>
        Enumerable.Range(from, count).Select(number => new TextDeltaPart("t", StreamText.Chunk(number, 1)));

    private static async Task WriteAsync(RunLogWriter writer, IEnumerable<StreamPart> parts, CancellationToken cancellation)
    {
        foreach (var part in parts)
        {
            await writer.WriteAsync(part, cancellation);
        }
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        long started = TimeProvider.System.GetTimestamp();
        await work();
        return TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
    }

    private static double At(double[] sorted, double quantile) => sorted[(int)((sorted.Length - 1) * quantile)];

    /// <summary>Seconds pass between any two looks: the writer gathers nothing, and an hour's log is written in a second.</summary>
    private sealed class HastyClock : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => Interlocked.Add(ref _now, 2 * TimestampFrequency);
    }
}
