using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace AiSaas.Core.Webhooks;

/// <summary>What signs an endpoint's messages, after the Standard Webhooks specification: <c>whsec_</c> and 32 bytes in Base64.</summary>
public sealed class WebhookSecret
{
    private const string Prefix = "whsec_";
    private const int Bytes = 32;

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    public static WebhookSecret New() => new(RandomNumberGenerator.GetBytes(Bytes));

    public static bool TryRead(string? text, [NotNullWhen(true)] out WebhookSecret? secret)
    {
        byte[] key = new byte[64];
        secret = text?.StartsWith(Prefix, StringComparison.Ordinal) is true
            && Convert.TryFromBase64String(text[Prefix.Length..], key, out int length) && length >= 24
                ? new(key[..length])
                : null;
        return secret is not null;
    }

    /// <summary>Over <c>id.timestamp.body</c>.</summary>
    /// <param name="id">The message's, <c>webhook-id</c>.</param>
    /// <param name="at">Of this try, <c>webhook-timestamp</c>: receivers refuse what is minutes old, so that nobody can send it again.</param>
    /// <param name="body">Exactly as it is sent.</param>
    public string Sign(string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{id}.{at.ToUnixTimeSeconds()}."));
        hash.AppendData(body);
        return $"v1,{Convert.ToBase64String(hash.GetHashAndReset())}";
    }

    /// <summary>In the clear: for the one answer that shows it, and for the vault.</summary>
    public string Reveal() => Prefix + Convert.ToBase64String(_key);

    public override string ToString() => Prefix + "…";
}
