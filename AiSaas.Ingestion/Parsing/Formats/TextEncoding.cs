using System.Text;
using AiSaas.Core.Documents;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Finds out how a text file is encoded by reading it once: mark, UTF-16 by its zeros, UTF-8, else by what makes sense.</summary>
internal static class TextEncoding
{
    private const int Sample = 64 << 10;

    // So many whole characters of UTF-8 for each byte that is none: a torn log is UTF-8 all the same.
    private const int Prevailing = 20;

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
        return await DetectAsync(file, charset, cancellation);
    }

    /// <summary>The same of what is open, from its place on.</summary>
    public static async Task<Encoding> DetectAsync(Stream file, string? charset, CancellationToken cancellation)
    {
        byte[] buffer = new byte[Sample];
        int read = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        if (FromMark(buffer.AsSpan(0, read)) is { } marked)
        {
            return marked;
        }

        if (WideText.Of(buffer.AsSpan(0, read)) is { } wide)
        {
            return wide;
        }

        Utf8Check utf8 = new();
        long zeros = 0, bytes = 0;
        byte[]? telling = null;
        for (; read > 0; read = await file.ReadAsync(buffer, cancellation))
        {
            utf8.Feed(buffer.AsSpan(0, read));
            zeros += buffer.AsSpan(0, read).Count((byte)0);
            bytes += read;
            telling ??= utf8.IsValid ? null : buffer[..read];
        }

        return zeros > bytes / 1000
            ? throw new DocumentFaultException("documents:not-what-it-says", "The content is binary data, not text.")
            : telling is null ? Encoding.UTF8 : Named(charset) ?? (utf8.Prevails ? Encoding.UTF8 : EncodingGuess.Of(telling));
    }

    private static Encoding? FromMark(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => Encoding.UTF8,
        [0xFF, 0xFE, 0, 0, ..] => Encoding.UTF32,
        [0xFF, 0xFE, ..] => Encoding.Unicode,
        [0xFE, 0xFF, ..] => Encoding.BigEndianUnicode,
        _ => null,
    };

    private struct Utf8Check()
    {
        private readonly Decoder _decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        private readonly char[] _characters = new char[Sample + 16];
        private long _whole;
        private long _broken;

        public bool IsValid { get; private set; } = true;

        public readonly bool Prevails => _whole > 0 && _whole >= _broken * Prevailing;

        public void Feed(ReadOnlySpan<byte> bytes)
        {
            if (!IsValid)
            {
                Count(bytes);
                return;
            }

            try
            {
                int characters = _decoder.GetChars(bytes, _characters, flush: false);
                _whole += characters < bytes.Length ? Math.Max(1, (bytes.Length - characters) / 2) : 0;
            }
            catch (DecoderFallbackException)
            {
                IsValid = false;
                Count(bytes);
            }
        }

        private void Count(ReadOnlySpan<byte> bytes)
        {
            for (int next = bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF); next >= 0; next = bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF))
            {
                bytes = bytes[next..];
                bool isWhole = Rune.DecodeFromUtf8(bytes, out _, out int length) == System.Buffers.OperationStatus.Done;
                _whole += isWhole ? 1 : 0;
                _broken += isWhole ? 0 : 1;
                bytes = bytes[length..];
            }
        }
    }
}
