using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using AiSaas.Api.Common;
using AiSaas.Core.Runs;
using AiSaas.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.Runs;

/// <summary>The writing of server-sent events, with a clock that the test moves and a body that it reads, or doesn't.</summary>
public sealed class SseResultTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly Lifetime _lifetime = new();

    public void Dispose() => _lifetime.Dispose();
    private readonly Channel<SseEvent> _events = Channel.CreateUnbounded<SseEvent>();
    private readonly Pipe _body = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 1, useSynchronizationContext: false));

    [Fact]
    public async Task Events_are_lines_with_ids_and_the_end_is_done()
    {
        var writing = ExecuteAsync();
        await _events.Writer.WriteAsync(new(new RunEventId(17, 4), """{"a":"é"}"""u8.ToArray()));
        await _events.Writer.WriteAsync(new(null, "{}"u8.ToArray()));
        _events.Writer.Complete();
        await writing;

        Assert.Equal("id: 17-4\ndata: {\"a\":\"é\"}\n\ndata: {}\n\ndata: [DONE]\n\n", await ReadToEndAsync());
    }

    [Fact]
    public async Task A_silent_stream_sends_a_comment_every_15_seconds()
    {
        var writing = ExecuteAsync();
        for (int beat = 0; beat < 3; beat++)
        {
            await Eventually.TrueAsync(() => Task.FromResult(_time.Waiting > 0), "the stream waits");
            _time.Advance(TimeSpan.FromSeconds(15));
            Assert.Equal(":\n\n", await ReadAsync());
        }

        _events.Writer.Complete();
        await writing;
        Assert.Equal("data: [DONE]\n\n", await ReadToEndAsync());
    }

    [Fact]
    public async Task A_reader_that_takes_nothing_for_30_seconds_is_cut_off()
    {
        Aborted aborted = new();
        var writing = ExecuteAsync(aborted);
        for (int number = 0; number < 100; number++)
        {
            await _events.Writer.WriteAsync(new(new RunEventId(1, number), new byte[2_000]));
        }

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(writing.IsCompleted);
            },
            "the writing gives up");
        Assert.True(aborted.Yes);
    }

    [Fact]
    public async Task A_replica_that_goes_ends_its_streams_so_that_readers_resume_elsewhere()
    {
        var writing = ExecuteAsync();
        await _events.Writer.WriteAsync(new(new RunEventId(1, 0), "{}"u8.ToArray()));
        Assert.Equal("id: 1-0\ndata: {}\n\n", await ReadAsync());

        _lifetime.StopApplication();
        await writing.WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("", await ReadToEndAsync());
    }

    private async Task ExecuteAsync(Aborted? aborted = null)
    {
        await using var services = new ServiceCollection()
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton<IHostApplicationLifetime>(_lifetime)
            .BuildServiceProvider();
        DefaultHttpContext http = new() { RequestServices = services };
        http.Features.Set<IHttpResponseBodyFeature>(new Body(_body.Writer));
        http.Features.Set<IHttpRequestLifetimeFeature>(aborted ?? new Aborted());
        await new SseResult(EventsAsync()).ExecuteAsync(http);
        await _body.Writer.CompleteAsync();
    }

    private async IAsyncEnumerable<SseEvent> EventsAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await foreach (var one in _events.Reader.ReadAllAsync(cancellation))
        {
            yield return one;
        }
    }

    private async Task<string> ReadAsync()
    {
        var read = await _body.Reader.ReadAsync();
        string text = Encoding.UTF8.GetString(read.Buffer);
        _body.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }

    private async Task<string> ReadToEndAsync()
    {
        using StreamReader reader = new(_body.Reader.AsStream());
        return await reader.ReadToEndAsync();
    }

    private sealed class Body(PipeWriter writer) : IHttpResponseBodyFeature
    {
        public Stream Stream => writer.AsStream();

        public PipeWriter Writer => writer;

        public Task CompleteAsync() => Task.CompletedTask;

        public void DisableBuffering()
        {
        }

        public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public Task StartAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    private sealed class Aborted : IHttpRequestLifetimeFeature
    {
        public bool Yes { get; private set; }

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => Yes = true;
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
