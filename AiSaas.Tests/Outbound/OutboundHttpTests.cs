using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using AiSaas.Core.Outbound;
using AiSaas.Tests.Webhooks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Outbound;

/// <summary>The client against real sockets on loopback, names resolved by a server that lies.</summary>
public sealed class OutboundHttpTests : IAsyncLifetime
{
    private readonly LyingResolver _names = new();
    private Receiver _receiver = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Port => new Uri(_receiver.Address).Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

    public async ValueTask InitializeAsync() => _receiver = await Receiver.StartAsync();

    public ValueTask DisposeAsync() => _receiver.DisposeAsync();

    [Fact]
    public async Task A_name_that_leads_inside_is_refused_and_nobody_is_connected_to()
    {
        _names.Answers["inside.example"] = [["127.0.0.1"]];
        _names.Answers["metadata.example"] = [["169.254.169.254"]];
        using var http = Create();

        foreach (string host in new[] { "inside.example", "metadata.example", "localhost.localdomain" })
        {
            _names.Answers.TryAdd(host, [["::1"]]);
            var result = await SendAsync(http, $"http://{host}:{Port}/");
            Assert.Contains("can't be reached from here", Assert.IsType<OutboundResult.Refused>(result).Detail, StringComparison.Ordinal);
        }

        Assert.Empty(_receiver.All);
    }

    [Fact]
    public async Task One_private_address_among_public_ones_refuses_the_name()
    {
        _names.Answers["mixed.example"] = [["93.184.216.34", "10.0.0.1"]];
        using var http = Create();

        Assert.IsType<OutboundResult.Refused>(await SendAsync(http, $"http://mixed.example:{Port}/"));
    }

    [Fact]
    public async Task A_name_that_changes_its_mind_is_asked_once_for_a_connection_and_gets_nothing()
    {
        // Public when it is checked, loopback when a careless client would connect.
        _names.Answers["rebind.example"] = [["192.0.2.77"], ["127.0.0.1"]];
        // Documentation addresses stand for public ones: nobody answers there.
        using var http = Create("192.0.2.0/24");

        var result = await SendAsync(http, $"http://rebind.example:{Port}/", TimeSpan.FromMilliseconds(500));

        Assert.IsType<OutboundResult.Failed>(result);
        Assert.Equal(1, _names.Asked("rebind.example"));
        Assert.IsType<OutboundResult.Refused>(await SendAsync(http, $"http://rebind.example:{Port}/"));
        Assert.Empty(_receiver.All);
    }

    [Fact]
    public async Task An_allowed_network_is_reached_by_name_and_by_number()
    {
        _names.Answers["ours.example"] = [["127.0.0.1"]];
        using var http = Create("127.0.0.0/8");

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, $"http://ours.example:{Port}/"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, $"http://127.0.0.1:{Port}/"));
        Assert.Equal(2, _receiver.All.Count);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://metadata.example/")]
    [InlineData("http://[::ffff:a9fe:a9fe]/")]
    [InlineData("http://2852039166/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("http://127.0.0.1:6379/")]
    [InlineData("http://u:p@127.0.0.1/")]
    [InlineData("//169.254.169.254/")]
    public async Task A_redirect_to_where_one_may_not_go_is_refused_at_its_hop(string location)
    {
        _names.Answers["metadata.example"] = [["169.254.169.254"]];
        using var http = Create("127.0.0.0/8");
        string url = _receiver.At((_, context) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location;
            return Task.CompletedTask;
        });

        Assert.IsType<OutboundResult.Refused>(await http.SendAsync(new(HttpMethod.Get, new(url)) { Redirects = 5 }, Cancellation));
        Assert.Single(_receiver.All);
    }

    [Fact]
    public async Task Redirects_are_not_followed_unless_asked_for_and_then_to_a_bound()
    {
        using var http = Create("127.0.0.0/8");
        string? loop = null;
        loop = _receiver.At((_, context) =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = loop;
            return Task.CompletedTask;
        });
        string end = _receiver.At();
        string start = _receiver.At((_, context) =>
        {
            context.Response.StatusCode = 301;
            context.Response.Headers.Location = new Uri(end).AbsolutePath;
            return Task.CompletedTask;
        });

        Assert.Equal(HttpStatusCode.TemporaryRedirect, await StatusAsync(http, loop));
        var endless = await http.SendAsync(new(HttpMethod.Get, new(loop)) { Redirects = 3 }, Cancellation);
        Assert.Equal(OutboundFault.Redirect, Assert.IsType<OutboundResult.Failed>(endless).Fault);
        Assert.Equal(1 + 4, _receiver.To(loop).Length);
        var followed = Assert.IsType<OutboundResult.Answered>(await http.SendAsync(new(HttpMethod.Get, new(start)) { Redirects = 3 }, Cancellation));
        using (followed.Response)
        {
            Assert.Equal(end, followed.Response.Url.AbsoluteUri);
        }

        // What is sent is never sent on.
        var posted = Assert.IsType<OutboundResult.Answered>(await http.SendAsync(new(HttpMethod.Post, new(start)) { Body = "x"u8.ToArray(), Redirects = 3 }, Cancellation));
        using (posted.Response)
        {
            Assert.Equal(HttpStatusCode.MovedPermanently, posted.Response.Status);
        }
    }

    [Fact]
    public async Task Headers_stay_with_the_origin_they_were_meant_for_and_nothing_of_ours_goes_along()
    {
        await using var other = await Receiver.StartAsync();
        using var http = Create("127.0.0.0/8");
        string elsewhere = other.At();
        string url = _receiver.At((_, context) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = elsewhere;
            context.Response.Headers.SetCookie = "a=b";
            return Task.CompletedTask;
        });
        using var span = new System.Diagnostics.Activity("test").Start();

        var result = await http.SendAsync(
            new(HttpMethod.Get, new(url)) { Redirects = 1, Headers = [new("authorization", "Bearer secret")] }, Cancellation);

        using var response = Assert.IsType<OutboundResult.Answered>(result).Response;
        Assert.Equal("Bearer secret", _receiver.To(url)[0].Headers["authorization"]);
        var second = other.To(elsewhere)[0].Headers;
        Assert.DoesNotContain("authorization", second.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("cookie", second.Keys, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("traceparent", second.Keys, StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_not_used()
    {
        string? before = Environment.GetEnvironmentVariable("http_proxy");
        Environment.SetEnvironmentVariable("http_proxy", "http://127.0.0.1:1/");
        try
        {
            using var http = Create("127.0.0.0/8");
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, _receiver.At()));
        }
        finally
        {
            Environment.SetEnvironmentVariable("http_proxy", before);
        }
    }

    [Fact]
    public async Task A_body_is_bounded_after_decompression()
    {
        using var http = Create("127.0.0.0/8");
        string bomb = _receiver.At(async (_, context) =>
        {
            context.Response.Headers.ContentEncoding = "gzip";
            await using GZipStream packed = new(context.Response.Body, CompressionLevel.Fastest, leaveOpen: true);
            byte[] zeros = new byte[1024 * 1024];
            for (int megabytes = 0; megabytes < 64 && !context.RequestAborted.IsCancellationRequested; megabytes++)
            {
                await packed.WriteAsync(zeros, context.RequestAborted);
            }
        });

        var result = await http.SendAsync(new(HttpMethod.Get, new(bomb)) { MostBytes = 100_000 }, Cancellation);

        using var response = Assert.IsType<OutboundResult.Answered>(result).Response;
        using MemoryStream read = new();
        await Assert.ThrowsAsync<BodyTooLargeException>(() => response.Body.CopyToAsync(read, Cancellation));
        Assert.True(read.Length <= 100_000);
    }

    [Fact]
    public async Task The_deadline_covers_silence_before_the_headers_and_a_body_that_drips()
    {
        using var http = Create("127.0.0.0/8");
        string silent = _receiver.At((_, context) => Task.Delay(TimeSpan.FromSeconds(30), TimeProvider.System, context.RequestAborted));
        string dripping = _receiver.At(async (_, context) =>
        {
            while (true)
            {
                await context.Response.WriteAsync(".", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, context.RequestAborted);
            }
        });
        var half = TimeSpan.FromMilliseconds(500);

        var none = await SendAsync(http, silent, half);
        var some = await SendAsync(http, dripping, half);

        Assert.Equal(OutboundFault.Timeout, Assert.IsType<OutboundResult.Failed>(none).Fault);
        using var response = Assert.IsType<OutboundResult.Answered>(some).Response;
        await Assert.ThrowsAsync<TimeoutException>(() => response.Body.CopyToAsync(Stream.Null, Cancellation));
    }

    [Fact]
    public async Task What_is_not_there_or_speaks_no_http_is_said_in_words()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var greeting = Task.Run(
            async () =>
            {
                using var client = await listener.AcceptTcpClientAsync(Cancellation);
                await client.GetStream().WriteAsync("220 mail.example ESMTP\r\n"u8.ToArray(), Cancellation);
            }, Cancellation);
        using var http = Create("127.0.0.0/8");

        var mail = Assert.IsType<OutboundResult.Failed>(await SendAsync(http, $"http://127.0.0.1:{port}/"));
        await greeting;
        listener.Stop();
        var nobody = Assert.IsType<OutboundResult.Failed>(await SendAsync(http, $"http://127.0.0.1:{port}/"));
        var tls = Assert.IsType<OutboundResult.Failed>(await SendAsync(http, $"https://127.0.0.1:{Port}/"));
        var unknown = Assert.IsType<OutboundResult.Failed>(await SendAsync(http, "http://nowhere.example/"));

        Assert.Equal(
            (OutboundFault.Protocol, OutboundFault.Connection, OutboundFault.Name),
            (mail.Fault, nobody.Fault, unknown.Fault));
        Assert.True(tls.Fault is OutboundFault.Tls or OutboundFault.Protocol, tls.Detail);
    }

    private OutboundHttp Create(params string[] allowed)
    {
        var options = Options.Create(new OutboundOptions { AllowedNetworks = allowed });
        AddressPolicy policy = new(options);
        return new(new OutboundConnector(_names, policy, options, TimeProvider.System), policy, TimeProvider.System);
    }

    private static Task<OutboundResult> SendAsync(OutboundHttp http, string url, TimeSpan? deadline = null) =>
        http.SendAsync(new(HttpMethod.Get, new(url)) { Deadline = deadline ?? TimeSpan.FromSeconds(10) }, Cancellation);

    private static async Task<HttpStatusCode> StatusAsync(OutboundHttp http, string url)
    {
        using var response = Assert.IsType<OutboundResult.Answered>(await SendAsync(http, url)).Response;
        return response.Status;
    }

    private sealed class LyingResolver : IHostResolver
    {
        private readonly Dictionary<string, int> _asked = [];

        /// <summary>By name: an answer for each time it is asked, the last one from then on.</summary>
        public Dictionary<string, string[][]> Answers { get; } = [];

        public int Asked(string host) => _asked.GetValueOrDefault(host);

        public Task<IReadOnlyList<IPAddress>> ResolveAsync(string host, CancellationToken cancellation)
        {
            if (!Answers.TryGetValue(host, out var answers))
            {
                throw new SocketException((int)SocketError.HostNotFound);
            }

            int time = _asked[host] = _asked.GetValueOrDefault(host) + 1;
            return Task.FromResult<IReadOnlyList<IPAddress>>([.. answers[Math.Min(time, answers.Length) - 1].Select(IPAddress.Parse)]);
        }
    }
}
