using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using AiSaas.Bench.Gateway;

namespace AiSaas.Bench.Streams;

/// <summary>Readers that ask for a torrent and never read a byte of it, beside readers of the same run that do.</summary>
internal static class StuckReaders
{
    private const int Stuck = 100;
    private const int Reading = 10;

    // Half a megabyte a second: the kernel's buffers are full soon.
    private const int Rate = 20_000;
    private const int Seconds = 45;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static async Task RunAsync(StreamsStage stage, BenchmarkReport report, CancellationToken cancellation)
    {
        string run = await stage.RunsAsync(1, 1, cancellation);
        string readers = await stage.FileAsync(Enumerable.Repeat((await File.ReadAllLinesAsync(run, cancellation))[0], Reading), cancellation);
        await using var producer = stage.Produce(run, Rate, Rate * Seconds);
        await producer.HearsAsync("ready", Patience, cancellation);
        await using var client = stage.Read(readers, Rate * Seconds, Rate * (Seconds - 5));
        await client.HearsAsync("open", Patience, cancellation);
        List<Socket> stuck = [];
        for (int reader = 0; reader < Stuck; reader++)
        {
            stuck.Add(await AskAsync(stage, (await File.ReadAllLinesAsync(run, cancellation))[0], cancellation));
        }

        double before = ProcessTimes.ResidentMiB(stage.Api.Process.Id), most = before;
        await producer.SayAsync("go");
        for (long started = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(Seconds);)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellation);
            most = Math.Max(most, ProcessTimes.ResidentMiB(stage.Api.Process.Id));
        }

        int cutOff = stuck.Count(socket => !IsOpen(socket));
        stuck.ForEach(socket => socket.Dispose());
        await producer.HearsAsync("done", Patience, cancellation);
        double[] lag = [.. (await client.HearsAsync("lag ", Patience, cancellation)).Split(' ').Select(text => double.Parse(text, CultureInfo.InvariantCulture) / 1000)];
        string faults = (await client.HearsAsync("faults ", Patience, cancellation)).Trim();
        report.Add("stuck", Reading, Rate, lag[0], lag[1], lag[2], most, 0, 0, 0, 0, faults);
        report.Note($"Stuck: beside {Stuck} readers that never read; the api grew by {most - before:F0} MiB; {cutOff} of them had been cut off at the end.");
    }

    private static async Task<Socket> AskAsync(StreamsStage stage, string run, CancellationToken cancellation)
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, stage.Api.Port), cancellation);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes($"GET /api/runs/{run}/events HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {stage.Key}\r\n\r\n"), SocketFlags.None, cancellation);
        return socket;
    }

    // What was cut off was reset: reading to the end of what the kernel holds shows it.
    private static bool IsOpen(Socket socket)
    {
        byte[] rest = new byte[64 * 1024];
        socket.ReceiveTimeout = 300;
        try
        {
            for (int reads = 0; reads < 10_000; reads++)
            {
                if (socket.Receive(rest) == 0)
                {
                    return false;
                }
            }

            return true;
        }
        catch (SocketException failure)
        {
            return failure.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock;
        }
    }
}
