using System.Diagnostics;
using System.Net;
using AiSaas.Llm.Models;

namespace AiSaas.Llm.Providers;

/// <summary>The connections to one provider.</summary>
/// <remarks>Not from the host's factory: its resilience defaults would retry where nobody sees it, and time out long answers.</remarks>
internal static class ProviderHttp
{
    private const string FromEnvironment = "environment";

    /// <summary>Each open answer of an HTTP/1.1 provider holds a connection; more than these would be a fault of ours.</summary>
    private const int MostConnections = 8192;

    private const int LargestHeaderKilobytes = 32;

    /// <summary>For a provider's own SDK: bodies unpacked and bounded, our spans around it.</summary>
    public static HttpClient ForSdk(ProviderKind kind, ProviderOptions settings, DeadlineOptions deadlines, TimeProvider clock)
    {
        var transport = Transport(settings, deadlines);
        transport.AutomaticDecompression = DecompressionMethods.All;

        // Third parties have no business with our trace's ids.
        transport.ActivityHeadersPropagator = DistributedContextPropagator.CreateNoOutputPropagator();
        HttpMessageHandler handler = new ResponseLimit(kind.Around(transport, settings, clock));
        return new(settings.Headers.Count > 0 ? new ExtraHeaders(settings, handler) : handler)
        {
            // Deadlines are ours: a long stream is no error.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>For forwarding: bytes as they come, no span and no header of the runtime's own; whoever forwards bounds what it reads.</summary>
    public static HttpMessageInvoker ForForwarding(ProviderKind kind, ProviderOptions settings, DeadlineOptions deadlines, TimeProvider clock)
    {
        var transport = Transport(settings, deadlines);
        transport.ActivityHeadersPropagator = null;
        return new(kind.Around(transport, settings, clock));
    }

    private static SocketsHttpHandler Transport(ProviderOptions settings, DeadlineOptions deadlines)
    {
        SocketsHttpHandler transport = new()
        {
            ConnectTimeout = TimeSpan.FromSeconds(settings.ConnectSeconds ?? deadlines.ConnectSeconds),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
            MaxConnectionsPerServer = MostConnections,
            MaxResponseHeadersLength = LargestHeaderKilobytes,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,

            // The last bytes behind an answer's end, never the rest of an answer that its reader has left.
            MaxResponseDrainSize = 64 * 1024,
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(250),
            UseCookies = false,

            // A redirect would carry the key elsewhere.
            AllowAutoRedirect = false,
        };
        bool named = !string.IsNullOrWhiteSpace(settings.Proxy) && !IsEnvironment(settings.Proxy);
        transport.UseProxy = named || IsEnvironment(settings.Proxy);
        transport.Proxy = named ? new WebProxy(settings.Proxy) : null;
        return transport;
    }

    private static bool IsEnvironment(string? proxy) => FromEnvironment.Equals(proxy?.Trim(), StringComparison.OrdinalIgnoreCase);

    /// <summary>Puts a provider's configured headers on what its SDK sends.</summary>
    private sealed class ExtraHeaders(ProviderOptions settings, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            foreach (var (name, value) in settings.Headers)
            {
                request.Headers.Remove(name);
                request.Headers.TryAddWithoutValidation(name, value);
            }

            return base.SendAsync(request, cancellationToken);
        }
    }
}
