using System.Security.Cryptography;
using System.Text;

namespace AiSaas.Core.Identity;

/// <summary>A key from outside the database, by which the key ring inside it is encrypted (AES-GCM: nonce, tag, text).</summary>
internal sealed class MasterKey
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _key;

    private MasterKey(byte[] key)
    {
        _key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 8));
    }

    /// <summary>Tells keys apart without telling them.</summary>
    public string Id { get; }

    /// <summary>Null if the text is none.</summary>
    public static MasterKey? Read(string? text)
    {
        Span<byte> key = stackalloc byte[KeyBytes + 3];
        return text is not null && Convert.TryFromBase64String(text.Trim(), key, out int length) && length == KeyBytes ? new(key[..KeyBytes].ToArray()) : null;
    }

    public string Encrypt(string text)
    {
        byte[] plain = Encoding.UTF8.GetBytes(text);
        byte[] sealedText = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = sealedText.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using AesGcm cipher = new(_key, TagBytes);
        cipher.Encrypt(nonce, plain, sealedText.AsSpan(NonceBytes + TagBytes), sealedText.AsSpan(NonceBytes, TagBytes));
        return Convert.ToBase64String(sealedText);
    }

    /// <exception cref="CryptographicException">It was encrypted by another key, or changed since.</exception>
    public string Decrypt(string text)
    {
        byte[] sealedText = Convert.FromBase64String(text);
        if (sealedText.Length < NonceBytes + TagBytes)
        {
            throw new CryptographicException("The key ring's element is too short.");
        }

        byte[] plain = new byte[sealedText.Length - NonceBytes - TagBytes];
        using AesGcm cipher = new(_key, TagBytes);
        cipher.Decrypt(sealedText.AsSpan(0, NonceBytes), sealedText.AsSpan(NonceBytes + TagBytes), sealedText.AsSpan(NonceBytes, TagBytes), plain);
        return Encoding.UTF8.GetString(plain);
    }
}
