using System.Diagnostics;
using System.Net;
using AiSaas.ServiceDefaults;
using AiSaas.ServiceDefaults.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.ServiceDefaults;

public sealed class HttpResilienceTests
{
    private static readonly Uri Address = new("http://peer.test/");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_is_repeated_until_the_server_is_back()
    {
        FakeServer server = new(attempt => new(attempt < 3 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK));
        using var host = Start(server);

        using var response = await Client(host).GetAsync(Address, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3, server.Asked.Count);
    }

    [Fact]
    public async Task A_write_is_sent_once_whatever_happens()
    {
        FakeServer server = new(_ => new(HttpStatusCode.ServiceUnavailable));
        using var host = Start(server);

        using var response = await Client(host).PostAsync(Address, new StringContent("pay"), Cancellation);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_body_that_can_be_read_once_only_is_sent_once_only()
    {
        FakeServer server = new(_ => new(HttpStatusCode.ServiceUnavailable));
        using var host = Start(server);

        using var response = await Client(host).PutAsync(Address, new StreamContent(new MemoryStream([1])), Cancellation);

        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_server_that_says_nothing_costs_one_attempts_time()
    {
        FakeServer server = new(async (attempt, cancellation) =>
        {
            await Task.Delay(attempt == 1 ? TimeSpan.FromMinutes(1) : TimeSpan.Zero, TimeProvider.System, cancellation);
            return new();
        });
        using var host = Start(server);
        var started = Stopwatch.GetTimestamp();

        using var response = await Client(host).GetAsync(Address, Cancellation);

        Assert.True(response.IsSuccessStatusCode);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_write_that_is_never_answered_ends_at_the_total_deadline_as_a_failed_request()
    {
        FakeServer server = new(async (_, cancellation) =>
        {
            await Task.Delay(TimeSpan.FromMinutes(1), TimeProvider.System, cancellation);
            return new();
        });
        using var host = Start(server, limits => limits.TotalTimeout = TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAsync<HttpRequestException>(() => Client(host).PostAsync(Address, content: null, Cancellation));
    }

    [Fact]
    public async Task A_host_that_keeps_failing_is_left_alone_and_its_neighbour_is_not()
    {
        FakeServer server = new(_ => new(HttpStatusCode.BadGateway));
        using var host = Start(server, limits =>
        {
            limits.Retries = 0;
            limits.BreakerMinimum = 4;
        });
        for (var i = 0; i < 4; i++)
        {
            using var failed = await Client(host).GetAsync(Address, Cancellation);
        }

        await Assert.ThrowsAsync<HttpRequestException>(() => Client(host).GetAsync(Address, Cancellation));
        using var other = await Client(host).GetAsync(new Uri("http://neighbour.test/"), Cancellation);

        Assert.Equal(5, server.Asked.Count);
    }

    [Fact]
    public async Task A_body_may_stream_for_longer_than_any_deadline()
    {
        FakeServer server = new(_ => new() { Content = new StreamContent(new SlowStream(TimeSpan.FromMilliseconds(600))) });
        using var host = Start(server, limits =>
        {
            limits.AttemptTimeout = TimeSpan.FromMilliseconds(100);
            limits.TotalTimeout = TimeSpan.FromMilliseconds(200);
        });

        using var response = await Client(host).GetAsync(Address, HttpCompletionOption.ResponseHeadersRead, Cancellation);

        Assert.Equal("late", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task The_caller_who_leaves_is_nobodys_failure()
    {
        using CancellationTokenSource caller = new();
        FakeServer server = new(async (_, cancellation) =>
        {
            await caller.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            return new();
        });
        using var host = Start(server);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Client(host).GetAsync(Address, caller.Token));
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task A_client_with_rules_of_its_own_is_left_to_them()
    {
        FakeServer server = new(_ => new(HttpStatusCode.ServiceUnavailable));
        using var host = Start(server, limits => limits.Enabled = false);

        using var response = await Client(host).GetAsync(Address, Cancellation);

        Assert.Single(server.Asked);
    }

    private static IHost Start(FakeServer server, Action<HttpResilienceOptions>? limits = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.AddServiceDefaults();
        builder.Services.AddHttpClient("peer")
            .ConfigurePrimaryHttpMessageHandler(() => server)
            .ConfigureResilience(options =>
            {
                options.FirstDelay = TimeSpan.FromMilliseconds(1);
                options.AttemptTimeout = TimeSpan.FromMilliseconds(200);
                limits?.Invoke(options);
            });
        return builder.Build();
    }

    private static HttpClient Client(IHost host) => host.Services.GetRequiredService<IHttpClientFactory>().CreateClient("peer");

    /// <summary>Says one word, late.</summary>
    private sealed class SlowStream(TimeSpan wait) : Stream
    {
        private bool _said;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_said)
            {
                return 0;
            }

            await Task.Delay(wait, TimeProvider.System, cancellationToken);
            _said = true;
            "late"u8.CopyTo(buffer.Span);
            return 4;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
