using System.Text;

namespace AiSaas.Ingestion.Parsing.Formats.Mail;

/// <summary>Text of a mail in whatever encoding it says, or fails to say, it has.</summary>
internal static class MailCharsets
{
    private static readonly Encoding Strict = new UTF8Encoding(false, throwOnInvalidBytes: true);

    // In the framework, but not registered by itself.
    private static readonly Encoding Windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    public static string Decode(ReadOnlySpan<byte> bytes, string? charset) => (Find(charset) ?? Guess(bytes, charset)).GetString(bytes);

    private static Encoding Guess(ReadOnlySpan<byte> bytes, string? charset)
    {
        try
        {
            _ = Strict.GetCharCount(bytes);
            return Encoding.UTF8;
        }
        catch (DecoderFallbackException)
        {
            return charset?.Trim().Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase) == true ? Windows1252 : EncodingGuess.Of(bytes);
        }
    }

    // What calls itself ASCII or Latin 1 is often neither: the guess is right for those that are, too.
    private static Encoding? Find(string? charset)
    {
        string name = (charset ?? "").Trim().ToLowerInvariant();
        if (name is "" or "us-ascii" or "ascii" or "iso-8859-1" or "utf-8" or "utf8" or "utf-7" || name.Length > 40)
        {
            return null;
        }

        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
