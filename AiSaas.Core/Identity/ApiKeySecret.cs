using System.Security.Cryptography;
using System.Text;

namespace AiSaas.Core.Identity;

/// <summary>A key as a program holds it: <c>sk-ais-</c> and 32 random bytes. Only its hash is stored.</summary>
public readonly record struct ApiKeySecret(string Value)
{
    public const string Start = "sk-ais-";

    private const int Length = 43;

    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>43 letters of 62 carry 256 bits.</summary>
    public static ApiKeySecret New() => new(Start + RandomNumberGenerator.GetString(Alphabet, Length));

    /// <summary>Whether it can be a key at all; saves a look-up for what can't.</summary>
    public bool IsWellFormed => Value.Length == Start.Length + Length && Value.StartsWith(Start, StringComparison.Ordinal);

    /// <summary>What lists show to tell keys apart.</summary>
    public string Prefix => Value[..(Start.Length + 4)];

    /// <summary>SHA-256. The secret has 256 bits of its own, so a slow hash would protect nothing.</summary>
    public byte[] Hash() => SHA256.HashData(Encoding.ASCII.GetBytes(Value));

    public override string ToString() => $"{Start}…";
}
