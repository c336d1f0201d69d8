using System.Buffers;
using AiSaas.Core.Gateway;
using Microsoft.AspNetCore.Http.Features;

namespace AiSaas.Api.Gateway;

/// <summary>A request's body in rented memory, bounded.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>Pictures come inline; no provider takes more.</summary>
    public const int Largest = 64 * 1024 * 1024;

    private const int FirstSize = 4 * 1024;

    private byte[] _bytes;

    private RequestBody(byte[] bytes, int length) => (_bytes, Length) = (bytes, length);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(0, Length);

    /// <returns>Null if it exceeds <see cref="Largest"/>.</returns>
    public static async ValueTask<RequestBody?> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > Largest)
        {
            return null;
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bound)
        {
            bound.MaxRequestBodySize = Largest + 1;
        }

        RequestBody body = new(ArrayPool<byte>.Shared.Rent((int)(context.Request.ContentLength + 1 ?? FirstSize)), 0);
        try
        {
            while (await context.Request.Body.ReadAsync(body._bytes.AsMemory(body.Length), context.RequestAborted) is > 0 and var read)
            {
                body.Length += read;
                if (body.Length > Largest)
                {
                    body.Dispose();
                    return null;
                }

                body.Grow();
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public static GatewayError TooLarge { get; } = new(413, "request_too_large", $"A request may have {Largest / 1024 / 1024} MB.");

    public void Dispose()
    {
        byte[] bytes = Interlocked.Exchange(ref _bytes, []);
        if (bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private void Grow()
    {
        if (Length == _bytes.Length)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Length * 2);
            _bytes.AsSpan(0, Length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
    }
}
