using System.Net;

namespace AiSaas.Llm.Providers;

/// <summary>The connections to one provider.</summary>
/// <remarks>Not from the host's factory: its resilience defaults would retry where nobody sees it, and time out long answers.</remarks>
internal static class ProviderHttp
{
    public static HttpClient Create() => new(new ResponseLimit(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        EnableMultipleHttp2Connections = true,
        AutomaticDecompression = DecompressionMethods.All,

        // A redirect would carry the key elsewhere.
        AllowAutoRedirect = false,
    }))
    {
        // Deadlines are ours: a long stream is no error.
        Timeout = Timeout.InfiniteTimeSpan,
    };
}
