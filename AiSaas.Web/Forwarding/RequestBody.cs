using System.Net;

namespace AiSaas.Web.Forwarding;

/// <summary>The visitor's body on its way up, read only as fast as the api takes it.</summary>
internal sealed class RequestBody(HttpRequest request, Silence silence) : HttpContent
{
    private const int BufferBytes = 64 * 1024;

    /// <summary>True when the visitor's side broke, not the api's.</summary>
    public bool VisitorFailed { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, silence.Token);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes];
        while (true)
        {
            int read = await ReadAsync(buffer, cancellationToken);
            if (read == 0)
            {
                return;
            }

            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            silence.Broken();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = request.ContentLength ?? -1;
        return request.ContentLength is not null;
    }

    private async ValueTask<int> ReadAsync(byte[] buffer, CancellationToken cancellation)
    {
        try
        {
            return await request.Body.ReadAsync(buffer, cancellation);
        }
        catch (Exception fault) when (fault is IOException or BadHttpRequestException)
        {
            VisitorFailed = true;
            throw;
        }
    }
}
