using System.Globalization;
using AiSaas.Core.Chat;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs;
using AiSaas.Core.Runs.Parts;
using AiSaas.Core.Tenancy;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Bench.Streams;

/// <summary>What workers do with an answer, for thousands at once: opens each run's log and writes into it at a steady pace.</summary>
/// <remarks>A process of its own. Arguments: Redis' port, tenant, file of run ids, chunks per second, chunks per stream.
/// It says <c>ready</c> when the logs are open, begins at the first line of input, says <c>done</c>. The streams' chunks are due evenly
/// over time; a chunk is stamped with the time it was due, so that a producer that can't keep up shows as lag.</remarks>
internal static class StreamProducer
{
    public const string Command = "streams-producer";

    private const string Text = "t";

    public static async Task<int> RunAsync(string[] args, CancellationToken cancellation)
    {
        SocketMode.RunInline();
        int rate = Number(args[3]), chunks = Number(args[4]);
        _ = TenantId.TryParse(args[1], null, out var tenant);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection([new("ConnectionStrings:redis", $"127.0.0.1:{args[0]}")]);
        builder.AddRedis();
        builder.Services.AddLogging();
        builder.Services.AddRuns();
        using var host = builder.Build();
        var log = host.Services.GetRequiredService<RunLog>();
        List<RunLogWriter> writers = [];
        foreach (string line in await File.ReadAllLinesAsync(args[2], cancellation))
        {
            _ = RunId.TryParse(line, null, out var run);
            var writer = await log.OpenAsync(tenant, run, fence: 1, cancellation);
            foreach (StreamPart part in (StreamPart[])[new StartPart(Guid.CreateVersion7()), new StartStepPart(), new TextStartPart(Text)])
            {
                await writer.WriteAsync(part, cancellation);
            }

            writers.Add(writer);
        }

        Console.WriteLine("ready");
        await Console.In.ReadLineAsync(cancellation);
        await WriteAsync(writers, TimeSpan.FromSeconds(1.0 / rate), chunks, cancellation);
        foreach (var writer in writers)
        {
            await writer.DisposeAsync();
        }

        Console.WriteLine("done");
        return 0;
    }

    private static async Task WriteAsync(List<RunLogWriter> writers, TimeSpan interval, int chunks, CancellationToken cancellation)
    {
        var clock = TimeProvider.System;
        var last = new Task[writers.Count];
        Array.Fill(last, Task.CompletedTask);
        long start = clock.GetTimestamp(), total = (long)writers.Count * chunks;
        double step = interval.TotalSeconds / writers.Count * clock.TimestampFrequency;
        for (long next = 0; next < total;)
        {
            long due = start + (long)(next * step);
            if (clock.GetTimestamp() < due)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), clock, cancellation);
                continue;
            }

            int stream = (int)(next % writers.Count), number = (int)(next / writers.Count);
            last[stream] = AddAsync(last[stream], writers[stream], number, due, number == chunks - 1, cancellation);
            next++;
        }

        await Task.WhenAll(last);
    }

    private static async Task AddAsync(Task before, RunLogWriter writer, int number, long due, bool isLast, CancellationToken cancellation)
    {
        await before;
        await writer.WriteAsync(new TextDeltaPart(Text, StreamText.Chunk(number, due)), cancellation);
        if (isLast)
        {
            await writer.WriteAsync(new TextEndPart(Text), cancellation);
            await writer.WriteAsync(new FinishStepPart(), cancellation);
            await writer.WriteAsync(new FinishPart(), cancellation);
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
