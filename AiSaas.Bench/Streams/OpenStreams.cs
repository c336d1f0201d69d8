using System.Globalization;
using AiSaas.Bench.Gateway;

namespace AiSaas.Bench.Streams;

/// <summary>Many answers at once, or many readers of one: each written through the run log, read through the api, checked to the byte.</summary>
/// <param name="Name">Of the row.</param>
/// <param name="Runs">Answers under way.</param>
/// <param name="Readers">Of each.</param>
/// <param name="Rate">Chunks a second of each answer.</param>
internal sealed record OpenStreams(string Name, int Runs, int Readers, int Rate, TimeSpan Duration)
{
    // What is compiled in the first seconds isn't what a long-running service costs: checked like the rest, not counted.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public async Task RunAsync(StreamsStage stage, BenchmarkReport report, CancellationToken cancellation)
    {
        int counted = (int)(Duration.TotalSeconds * Rate), chunks = counted + (int)(WarmUp.TotalSeconds * Rate);
        string runs = await stage.RunsAsync(Runs, 1, cancellation);
        string readers = Readers == 1 ? runs : await stage.FileAsync((await File.ReadAllLinesAsync(runs, cancellation)).SelectMany(run => Enumerable.Repeat(run, Readers)), cancellation);
        await using var producer = stage.Produce(runs, Rate, chunks);
        await producer.HearsAsync("ready", Patience, cancellation);
        await using var client = stage.Read(readers, chunks, counted);
        await client.HearsAsync("open", Patience, cancellation);
        await producer.SayAsync("go");
        await Task.Delay(WarmUp, TimeProvider.System, cancellation);

        double[] before = Used(stage, producer, client);
        double resident = 0;
        for (long started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < Duration;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellation);
            resident = Math.Max(resident, ProcessTimes.ResidentMiB(stage.Api.Process.Id));
        }

        double[] used = [.. Used(stage, producer, client).Zip(before, (now, then) => (now - then) / ((double)counted * Runs * Readers))];
        await producer.HearsAsync("done", Patience, cancellation);
        double[] lag = [.. (await client.HearsAsync("lag ", Patience, cancellation)).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture) / 1000)];
        string faults = await client.HearsAsync("faults ", Patience, cancellation);
        report.Add(Name, Runs * Readers, Rate, lag[0], lag[1], lag[2], resident, used[0], used[1], used[2], used[3], faults.Trim());
    }

    // Producer, Redis, api, client.
    private static double[] Used(StreamsStage stage, ChildProcess producer, ChildProcess client) =>
    [
        ProcessTimes.CpuMicroseconds(producer.Id), ProcessTimes.TreeMicroseconds(stage.Redis.Process.Id),
        ProcessTimes.CpuMicroseconds(stage.Api.Process.Id), ProcessTimes.CpuMicroseconds(client.Id),
    ];
}
