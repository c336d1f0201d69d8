using System.IO.Pipelines;
using System.Text;
using AiSaas.Api.Runs;
using AiSaas.Core.Chat;
using AiSaas.Core.Runs.Parts;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Runs;

/// <summary>One open stream on a connection that the test reads, or doesn't, under a clock that the test moves.</summary>
public sealed class RunStreamTests(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly Stack _stack = new(postgres);
    private readonly TenantId _tenant = TenantId.New();
    private readonly RunId _run = RunId.New();
    private readonly ManualTime _time = new();
    private readonly Pipe _body = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 1, useSynchronizationContext: false));
    private bool _aborted;

    public ValueTask InitializeAsync() => _stack.InitializeAsync();

    public ValueTask DisposeAsync() => _stack.DisposeAsync();

    [Fact]
    public async Task A_silent_stream_sends_a_comment_every_15_seconds_and_goes_on()
    {
        using var host = RunsHost.Create(_stack);
        await using var reader = host.Reader.Open(_tenant, _run, null);
        RunStream stream = new(reader, _body.Writer, _time, Abort);
        var running = stream.RunAsync();
        for (int beat = 0; beat < 3; beat++)
        {
            _time.Advance(TimeSpan.FromSeconds(14));
            stream.Look();
            Assert.False(_body.Reader.TryRead(out _));
            _time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(":\n\n", await ReadAsync(stream));
        }

        await using var writer = await host.Log.OpenAsync(_tenant, _run, 1, None);
        await writer.WriteAsync(new StartPart(Guid.Empty), None);
        await writer.WriteAsync(new FinishPart(), None);
        Assert.True(await running.WaitAsync(TimeSpan.FromSeconds(30), None));
        await stream.FlushAsync();
        string text = await ReadAsync();
        Assert.StartsWith("id: 1-", text, StringComparison.Ordinal);
        Assert.EndsWith("data: {\"type\":\"finish\"}\n\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_that_takes_nothing_for_30_seconds_is_cut_off_and_no_longer_followed()
    {
        using var host = RunsHost.Create(_stack);
        await using var writer = await host.Log.OpenAsync(_tenant, _run, 1, None);
        await writer.WriteAsync(new StartPart(Guid.Empty), None);
        for (int number = 0; number < 200; number++)
        {
            await writer.WriteAsync(new StagePart(new StageData("writing", new string('x', 1_000))), None);
        }

        await using (var reader = host.Reader.Open(_tenant, _run, null))
        {
            RunStream stream = new(reader, _body.Writer, _time, Abort);
            var running = stream.RunAsync();
            _time.Advance(TimeSpan.FromSeconds(29));
            stream.Look();
            Assert.False(_aborted);
            await Eventually.TrueAsync(
                () =>
                {
                    _time.Advance(TimeSpan.FromSeconds(1));
                    stream.Look();
                    return Task.FromResult(running.IsCompleted);
                },
                "the stream gives up");
            Assert.False(await running);
            Assert.True(_aborted);
        }

        Assert.Equal(0, host.Reader.Following);
    }

    [Fact]
    public async Task A_released_stream_ends_without_an_end_mark_so_that_its_reader_resumes_elsewhere()
    {
        using var host = RunsHost.Create(_stack);
        await using var reader = host.Reader.Open(_tenant, _run, null);
        RunStream stream = new(reader, _body.Writer, _time, Abort);
        var running = stream.RunAsync();
        stream.Release();
        Assert.False(await running.WaitAsync(TimeSpan.FromSeconds(30), None));
    }

    // What a server does to a connection: what waits for it goes on.
    private void Abort()
    {
        _aborted = true;
        _body.Reader.Complete();
    }

    private async Task<string> ReadAsync(RunStream? looking = null)
    {
        looking?.Look();
        var read = await _body.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), None);
        string text = Encoding.UTF8.GetString(read.Buffer);
        _body.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }
}
