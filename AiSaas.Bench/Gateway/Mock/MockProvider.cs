using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Bench.Gateway.Mock;

/// <summary>An OpenAI-compatible provider that costs as little as can be and counts what it was asked.</summary>
/// <remarks>A process of its own (<c>mock-provider</c>), so that what a gateway costs is told apart from what a provider costs.
/// It prints its port and lives until its input closes: it never outlives the benchmark.
/// The model's name chooses: <c>mock-1</c> streams in one burst, <c>mock-paced</c> a token each <see cref="Pace"/>.</remarks>
internal static class MockProvider
{
    public const string Command = "mock-provider";

    public static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    private static long _whole, _streams, _embeddings, _canceled;

    public static async Task<int> RunAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddLogging();
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync(cancellation);
        Console.WriteLine(new Uri(app.Urls.Single()).Port);
        while (await Console.In.ReadLineAsync(cancellation) is not null)
        {
            // Nothing is said on this line; only its end means something.
        }

        return 0;
    }

    private static Task AnswerAsync(HttpContext http) => http.Request.Path.Value switch
    {
        "/v1/chat/completions" => ChatAsync(http),
        "/v1/embeddings" => EmbedAsync(http),
        "/counts" => http.Response.WriteAsync(
            $"{Interlocked.Read(ref _whole)} {Interlocked.Read(ref _streams)} {Interlocked.Read(ref _embeddings)} {Interlocked.Read(ref _canceled)}"),
        _ => NotFound(http),
    };

    private static async Task ChatAsync(HttpContext http)
    {
        var body = await ReadAsync(http.Request.BodyReader, http.RequestAborted);
        bool streams = Says(body, "\"stream\":true"u8), usage = Says(body, "\"include_usage\":true"u8), paced = Says(body, "mock-paced"u8);
        http.Request.BodyReader.AdvanceTo(body.End);
        if (!streams)
        {
            Interlocked.Increment(ref _whole);
            await WholeAsync(http, MockAnswers.Whole);
            return;
        }

        Interlocked.Increment(ref _streams);
        http.Response.ContentType = "text/event-stream; charset=utf-8";

        // The answers are in chunks already: the server must not cut them again.
        http.Response.Headers.TransferEncoding = "chunked";
        if (paced)
        {
            await PacedAsync(http, usage);
        }
        else
        {
            await http.Response.BodyWriter.WriteAsync(usage ? MockAnswers.BurstWithUsage : MockAnswers.Burst, http.RequestAborted);
        }
    }

    private static async Task PacedAsync(HttpContext http, bool usage)
    {
        var to = http.Response.BodyWriter;
        try
        {
            await to.WriteAsync(MockAnswers.Role, http.RequestAborted);
            using PeriodicTimer timer = new(Pace);
            foreach (byte[] token in MockAnswers.Tokens)
            {
                await timer.WaitForNextTickAsync(http.RequestAborted);
                await to.WriteAsync(token, http.RequestAborted);
            }

            await to.WriteAsync(MockAnswers.Finish, http.RequestAborted);
            if (usage)
            {
                await to.WriteAsync(MockAnswers.Usage, http.RequestAborted);
            }

            await to.WriteAsync(MockAnswers.Done, http.RequestAborted);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            Interlocked.Increment(ref _canceled);
        }
    }

    private static async Task EmbedAsync(HttpContext http)
    {
        var body = await ReadAsync(http.Request.BodyReader, http.RequestAborted);
        http.Request.BodyReader.AdvanceTo(body.End);
        Interlocked.Increment(ref _embeddings);
        await WholeAsync(http, MockAnswers.Embedding);
    }

    private static async Task WholeAsync(HttpContext http, byte[] answer)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = answer.Length;
        await http.Response.BodyWriter.WriteAsync(answer, http.RequestAborted);
    }

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    // A call counts once all of it is here.
    private static async ValueTask<ReadOnlySequence<byte>> ReadAsync(PipeReader reader, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            if (read.IsCompleted)
            {
                return read.Buffer;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static bool Says(in ReadOnlySequence<byte> body, ReadOnlySpan<byte> words) => body.IsSingleSegment
        ? body.FirstSpan.IndexOf(words) >= 0
        : body.ToArray().AsSpan().IndexOf(words) >= 0;
}
