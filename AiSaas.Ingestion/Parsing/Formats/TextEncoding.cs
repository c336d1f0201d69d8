using System.Text;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Finds out how a text file is encoded by reading it once: mark, UTF-8, UTF-16 by its zeros, else Windows-1252.</summary>
internal static class TextEncoding
{
    private const int Sample = 64 << 10;

    // In the framework, but not registered by itself.
    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    /// <summary>By the name that a server gave it, such as <c>windows-1251</c> or <c>Shift_JIS</c>; null for what is none.</summary>
    public static Encoding? Named(string? charset)
    {
        try
        {
            return string.IsNullOrWhiteSpace(charset) ? null
                : CodePagesEncodingProvider.Instance.GetEncoding(charset) ?? Encoding.GetEncoding(charset);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <param name="path">The file.</param>
    /// <param name="charset">What its server called it: counts where the file bears no mark and is not plainly something else.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <exception cref="DocumentFaultException">The content is not text.</exception>
    public static async Task<Encoding> DetectAsync(string path, string? charset, CancellationToken cancellation)
    {
        await using var file = File.OpenRead(path);
        byte[] buffer = new byte[Sample];
        int read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        if (FromMark(buffer.AsSpan(0, read)) is { } marked)
        {
            return marked;
        }

        if (FromZeros(buffer.AsSpan(0, read)) is { } wide)
        {
            return wide;
        }

        Utf8Check utf8 = new();
        long zeros = 0, bytes = 0;
        for (; read > 0; read = await file.ReadAsync(buffer, cancellation))
        {
            utf8.Feed(buffer.AsSpan(0, read));
            zeros += buffer.AsSpan(0, read).Count((byte)0);
            bytes += read;
        }

        return zeros > bytes / 1000
            ? throw new DocumentFaultException("documents:not-what-it-says", "The content is binary data, not text.")
            : utf8.IsValid ? Encoding.UTF8 : Named(charset) ?? Windows1252;
    }

    private static Encoding? FromMark(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8,
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
        [0xFF, 0xFE, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    // In UTF-16 without a mark, western text has a zero in every other byte.
    private static Encoding? FromZeros(ReadOnlySpan<byte> head)
    {
        int even = 0, odd = 0;
        for (int i = 0; i < head.Length; i++)
        {
            if (head[i] == 0)
            {
                _ = (i & 1) == 0 ? even++ : odd++;
            }
        }

        int many = head.Length / 4, few = head.Length / 100;
        return odd > many && even <= few ? Encoding.Unicode : even > many && odd <= few ? Encoding.BigEndianUnicode : null;
    }

    private struct Utf8Check()
    {
        private readonly Decoder _decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        private readonly char[] _characters = new char[Sample + 16];

        public bool IsValid { get; private set; } = true;

        public void Feed(ReadOnlySpan<byte> bytes)
        {
            if (!IsValid)
            {
                return;
            }

            try
            {
                _decoder.GetChars(bytes, _characters, flush: false);
            }
            catch (DecoderFallbackException)
            {
                IsValid = false;
            }
        }
    }
}
