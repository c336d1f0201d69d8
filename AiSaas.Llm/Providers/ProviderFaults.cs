using System.Buffers;
using AiSaas.Llm.Models;

namespace AiSaas.Llm.Providers;

/// <summary>What is wrong with a provider's settings, in words.</summary>
internal static class ProviderFaults
{
    private static readonly SearchValues<char> Token =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~");

    /// <summary>Headers that authenticate, or that the transport writes itself.</summary>
    private static readonly string[] NotByHand =
    [
        "authorization", "x-api-key", "api-key", "host", "content-length", "content-type", "transfer-encoding", "connection", "proxy-authorization", "cookie",
    ];

    public static IEnumerable<string> Of(ProviderKind kind, ProviderOptions options) =>
        [.. Address(kind, options), .. Keys(kind, options), .. Headers(options), .. Connection(options)];

    private static IEnumerable<string> Address(ProviderKind kind, ProviderOptions options)
    {
        if (kind.Base(options) is not { } address || string.IsNullOrWhiteSpace(address))
        {
            yield return "BaseUrl is missing; this kind has no address of its own.";
        }
        else if (!IsHttp(address, out var parsed))
        {
            yield return $"BaseUrl '{address}' is no absolute http or https address.";
        }
        else if (parsed.UserInfo.Length > 0 || parsed.Fragment.Length > 0)
        {
            yield return "BaseUrl holds a user name, a password or a fragment; put keys under ApiKeys.";
        }
    }

    private static IEnumerable<string> Keys(ProviderKind kind, ProviderOptions options)
    {
        if (kind.KeyRequired && options.ApiKeys.Count == 0)
        {
            yield return "ApiKeys is empty; this kind needs at least one.";
        }

        for (int i = 0; i < options.ApiKeys.Count; i++)
        {
            string key = options.ApiKeys[i];
            if (string.IsNullOrWhiteSpace(key) || key.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                yield return $"ApiKeys:{i} is empty or has characters that no header can carry.";
            }
            else if (options.ApiKeys.IndexOf(key) is var first && first < i)
            {
                yield return $"ApiKeys:{i} is the same key as ApiKeys:{first}.";
            }
        }
    }

    private static IEnumerable<string> Headers(ProviderOptions options)
    {
        foreach (var (name, value) in options.Headers)
        {
            if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(Token))
            {
                yield return $"Headers:{name} is no header's name.";
            }
            else if (NotByHand.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                yield return $"Headers:{name} can't be set by hand; keys belong under ApiKeys.";
            }

            if (value is null || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            {
                yield return $"Headers:{name} is missing or has characters that no header can carry.";
            }
        }
    }

    private static IEnumerable<string> Connection(ProviderOptions options)
    {
        if (options.ConnectSeconds is { } seconds && !(seconds is >= 0.05 and <= 60))
        {
            yield return $"ConnectSeconds is {seconds}; it must be 0.05 to 60.";
        }

        if (options.Proxy is { } proxy && !string.IsNullOrWhiteSpace(proxy)
            && !proxy.Trim().Equals("environment", StringComparison.OrdinalIgnoreCase) && !IsHttp(proxy, out _))
        {
            yield return $"Proxy is '{proxy}'; it must be an http address or 'environment'.";
        }
    }

    private static bool IsHttp(string address, out Uri parsed) =>
        Uri.TryCreate(address, UriKind.Absolute, out parsed!) && parsed.Scheme is "http" or "https";
}
