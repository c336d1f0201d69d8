using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;

namespace AiSaas.Core.Outbound;

/// <summary>HTTP to addresses that users name. Nothing else in the product may call those.</summary>
/// <remarks>A client of its own, not the factory's: no service discovery (a user's <c>http://api/</c> is not our api), no proxy of
/// the environment (it would resolve names for us), no cookies, no credentials, no retries, no trace headers.</remarks>
public sealed class OutboundHttp : IDisposable
{
    private const string Agent = "AiSaas/1.0 (+webhooks, documents)";

    private readonly HttpMessageInvoker _client;
    private readonly AddressPolicy _policy;
    private readonly TimeProvider _clock;

    public OutboundHttp(OutboundConnector connector, AddressPolicy policy, TimeProvider clock)
    {
        _policy = policy;
        _clock = clock;
        _client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellation) => connector.ConnectAsync(context.DnsEndPoint, cancellation),
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            ActivityHeadersPropagator = null,
            MaxResponseHeadersLength = 32,
            // An answer that isn't read to its end costs its connection, never a wait.
            MaxResponseDrainSize = 0,
            MaxConnectionsPerServer = 16,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
        });
    }

    /// <summary>Sends, and waits for the answer's headers. The deadline goes on over its body.</summary>
    /// <exception cref="OperationCanceledException">The caller's own.</exception>
    public async Task<OutboundResult> SendAsync(OutboundRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        CancellationTokenSource deadline = new(request.Deadline, _clock);
        var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        OutboundResult? result = null;
        try
        {
            return result = await FollowAsync(request, deadline, either);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && Read(failure, request.Deadline, deadline.IsCancellationRequested) is { } known)
        {
            return known;
        }
        finally
        {
            if (result is not OutboundResult.Answered)
            {
                either.Dispose();
                deadline.Dispose();
            }
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<OutboundResult> FollowAsync(OutboundRequest request, CancellationTokenSource deadline, CancellationTokenSource either)
    {
        var url = request.Url;
        for (int hops = 0; ; hops++)
        {
            if (OutboundUrl.Fault(url, _policy) is { } fault)
            {
                return new OutboundResult.Refused(fault);
            }

            var answer = await SendAsync(request, url, either.Token);
            if (request.Redirects == 0 || Target(request, url, answer) is not { } next)
            {
                var body = await answer.Content.ReadAsStreamAsync(either.Token);
                return new OutboundResult.Answered(
                    new(answer, url, new BoundedStream(body, request.MostBytes, deadline.Token), [either, deadline]));
            }

            answer.Dispose();
            if (hops == request.Redirects)
            {
                return new OutboundResult.Failed(OutboundFault.Redirect, $"More than {request.Redirects} redirects.");
            }

            url = next;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(OutboundRequest request, Uri url, CancellationToken cancellation)
    {
        using HttpRequestMessage message = new(request.Method, url);
        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.ContentType = request.ContentType is null ? null : MediaTypeHeaderValue.Parse(request.ContentType);
        }

        message.Headers.UserAgent.ParseAdd(Agent);
        if (SameOrigin(request.Url, url))
        {
            foreach (var (name, value) in request.Headers)
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await _client.SendAsync(message, cancellation);
    }

    private static Uri? Target(OutboundRequest request, Uri from, HttpResponseMessage answer) =>
        (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head)
        && answer.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        && answer.Headers.Location is { } location
        && Uri.TryCreate(from, location, out var next)
            ? next
            : null;

    private static bool SameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && string.Equals(one.IdnHost, other.IdnHost, StringComparison.OrdinalIgnoreCase);

    /// <returns>Null for what nobody foresaw.</returns>
    private static OutboundResult? Read(Exception failure, TimeSpan deadline, bool late)
    {
        if (late && failure is OperationCanceledException)
        {
            return new OutboundResult.Failed(OutboundFault.Timeout, $"No answer within {deadline.TotalSeconds:0.#} s.");
        }

        for (var cause = failure; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case OutboundRefusedException refused:
                    return new OutboundResult.Refused(refused.Message);
                case TimeoutException slow:
                    return new OutboundResult.Failed(OutboundFault.Timeout, slow.Message);
                case AuthenticationException tls:
                    return new OutboundResult.Failed(OutboundFault.Tls, $"TLS failed: {tls.Message}");
                case SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } name:
                    return new OutboundResult.Failed(OutboundFault.Name, $"The name is not known: {name.Message}.");
                case SocketException socket:
                    return new OutboundResult.Failed(OutboundFault.Connection, $"{socket.Message}.");
            }
        }

        return failure is HttpRequestException or IOException ? new OutboundResult.Failed(OutboundFault.Protocol, failure.Message) : null;
    }
}
