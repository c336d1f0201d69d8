namespace AiSaas.Llm.Keys;

/// <summary>A provider's key. Its text never shows the secret.</summary>
/// <param name="Id">Stable and fit for logs and people: the provider's name and the secret's last letters.</param>
/// <param name="Secret">Empty where a provider needs none.</param>
public sealed record ProviderKey(string Id, string Secret)
{
    /// <summary>A secret shorter than this would be half told by its last letters.</summary>
    private const int ShortestToHint = 16;

    private const int HintLetters = 4;

    /// <summary>What is shorter is a placeholder (<c>none</c>, <c>x</c>) that any sentence may hold.</summary>
    private const int ShortestSecret = 6;

    /// <summary>For what needs none: the local models.</summary>
    public static ProviderKey None { get; } = new("", "");

    public static ProviderKey Of(string provider, string secret) => new($"{provider}:{Hint(secret)}", secret);

    /// <summary>What tells a person which key it is without telling the key.</summary>
    public static string Hint(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return secret.Length switch
        {
            0 => "none",
            < ShortestToHint => "…",
            _ => $"…{secret[^HintLetters..]}",
        };
    }

    /// <summary>Keys by their secrets; those whose hints are alike are numbered.</summary>
    public static IReadOnlyList<ProviderKey> All(string provider, IEnumerable<string> secrets)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        Dictionary<string, int> seen = [];
        List<ProviderKey> keys = [];
        foreach (string secret in secrets)
        {
            var key = Of(provider, secret);
            int before = seen[key.Id] = seen.GetValueOrDefault(key.Id) + 1;
            keys.Add(before == 1 ? key : key with { Id = $"{key.Id}#{before}" });
        }

        return keys;
    }

    /// <summary>Some servers repeat the key in what they say.</summary>
    public static string Without(string secret, string text)
    {
        ArgumentNullException.ThrowIfNull(secret);
        ArgumentNullException.ThrowIfNull(text);
        return secret.Length >= ShortestSecret ? text.Replace(secret, "[key]", StringComparison.Ordinal) : text;
    }

    public override string ToString() => Id;
}
