using System.Net;

namespace AiSaas.Core.Outbound;

/// <summary>What is sent to an address that a user has named, and within which bounds.</summary>
public sealed record OutboundRequest(HttpMethod Method, Uri Url)
{
    public ReadOnlyMemory<byte>? Body { get; init; }

    public string? ContentType { get; init; }

    /// <summary>Sent to the first address and to redirects within its origin; not to another one.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Over all: names, connections, redirects, and the body.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many bytes of the body may be read, counted as they come out of decompression.</summary>
    public long MostBytes { get; init; } = 1024 * 1024;

    /// <summary>How many redirects are followed, each checked like the first address. GET and HEAD only.</summary>
    public int Redirects { get; init; }
}

/// <summary>How it went. A closed type.</summary>
public abstract record OutboundResult
{
    private OutboundResult()
    {
    }

    /// <summary>There is an answer, whatever its status. Its body is still to be read: dispose it.</summary>
    public sealed record Answered(OutboundResponse Response) : OutboundResult;

    /// <summary>We don't go there.</summary>
    /// <param name="Detail">In words, for the user.</param>
    public sealed record Refused(string Detail) : OutboundResult;

    /// <summary>There was no answer.</summary>
    /// <param name="Detail">In words, for the user.</param>
    public sealed record Failed(OutboundFault Fault, string Detail) : OutboundResult;
}

public enum OutboundFault
{
    /// <summary>The name is not known.</summary>
    Name,

    /// <summary>Nobody listens, or the network is down.</summary>
    Connection,

    /// <summary>The certificate is not valid for the name, or TLS could not be agreed on.</summary>
    Tls,

    /// <summary>The deadline passed.</summary>
    Timeout,

    /// <summary>What answered does not speak HTTP, or broke off.</summary>
    Protocol,

    /// <summary>More redirects than allowed, or one that leads nowhere.</summary>
    Redirect,
}

/// <summary>An answer under its deadline.</summary>
public sealed class OutboundResponse : IDisposable
{
    private readonly HttpResponseMessage _message;
    private readonly CancellationTokenSource[] _deadline;

    internal OutboundResponse(HttpResponseMessage message, Uri url, Stream body, CancellationTokenSource[] deadline)
    {
        _message = message;
        _deadline = deadline;
        Url = url;
        Body = body;
    }

    public HttpStatusCode Status => _message.StatusCode;

    public System.Net.Http.Headers.HttpResponseHeaders Headers => _message.Headers;

    public System.Net.Http.Headers.HttpContentHeaders ContentHeaders => _message.Content.Headers;

    /// <summary>Where the answer came from, after redirects.</summary>
    public Uri Url { get; }

    /// <summary>Decompressed. Reading throws <see cref="BodyTooLargeException"/> beyond the request's bound and
    /// <see cref="TimeoutException"/> after its deadline.</summary>
    public Stream Body { get; }

    /// <summary>Reads at most <paramref name="bytes"/> from the start, without a fault where there are more or the rest doesn't come.</summary>
    public async Task<byte[]> ReadStartAsync(int bytes, CancellationToken cancellation)
    {
        byte[] buffer = new byte[bytes];
        int read = 0;
        try
        {
            int more;
            while (read < bytes && (more = await Body.ReadAsync(buffer.AsMemory(read), cancellation)) > 0)
            {
                read += more;
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or TimeoutException or InvalidDataException)
        {
            // What came is what there is.
        }

        return buffer[..read];
    }

    public void Dispose()
    {
        Body.Dispose();
        _message.Dispose();
        foreach (var source in _deadline)
        {
            source.Dispose();
        }
    }
}

/// <summary>The body is longer than the request allowed.</summary>
public sealed class BodyTooLargeException(long most) : IOException($"The answer is longer than {most} bytes.");
