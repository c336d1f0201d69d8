using System.Buffers;

namespace AiSaas.Llm.Forwarding;

/// <summary>Reads bodies into rented memory, up to a bound.</summary>
internal static class BodyReader
{
    /// <summary>No honest answer is larger.</summary>
    private const int Largest = 64 * 1024 * 1024;

    private const int FirstSize = 8 * 1024;

    /// <returns>A rented array, and how much of it is the body.</returns>
    /// <exception cref="IOException">The body exceeds the bound.</exception>
    public static async ValueTask<(byte[] Bytes, int Length)> ReadAsync(Stream body, long? length, CancellationToken cancellation)
    {
        if (length > Largest)
        {
            throw TooLarge();
        }

        byte[] bytes = ArrayPool<byte>.Shared.Rent((int)(length + 1 ?? FirstSize));
        int read = 0;
        try
        {
            while (await body.ReadAsync(bytes.AsMemory(read), cancellation).ConfigureAwait(false) is > 0 and var more)
            {
                read += more;
                if (read == bytes.Length)
                {
                    byte[] larger = read < Largest ? ArrayPool<byte>.Shared.Rent(read * 2) : throw TooLarge();
                    bytes.AsSpan(0, read).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(bytes);
                    bytes = larger;
                }
            }

            return (bytes, read);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(bytes);
            throw;
        }
    }

    /// <summary>The first bytes of a body; what is beyond is left.</summary>
    public static async ValueTask<byte[]> ReadStartAsync(Stream body, int most, CancellationToken cancellation)
    {
        byte[] bytes = new byte[most];
        int read = await body.ReadAtLeastAsync(bytes, most, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return bytes[..read];
    }

    private static IOException TooLarge() => new($"The answer exceeds {Largest / 1024 / 1024} MB.");
}
