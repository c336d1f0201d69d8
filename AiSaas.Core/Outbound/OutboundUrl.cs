using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace AiSaas.Core.Outbound;

/// <summary>Reads an address that a user has named. What its name resolves to is checked when it is connected to.</summary>
public static class OutboundUrl
{
    public const int MostCharacters = 2048;

    /// <param name="text">As the user wrote it.</param>
    /// <param name="policy">For ports and literal addresses.</param>
    /// <param name="url">Without fragment.</param>
    /// <param name="fault">In words, for the user.</param>
    public static bool TryRead(
        string? text, AddressPolicy policy, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? fault)
    {
        url = null;
        fault = null;
        if (string.IsNullOrWhiteSpace(text) || text.Length > MostCharacters)
        {
            fault = $"Name an address of up to {MostCharacters} characters, such as https://example.com/hooks.";
        }
        else if (text.AsSpan().IndexOfAnyInRange('\0', ' ') >= 0 || text.Contains('\\', StringComparison.Ordinal)
            || !Uri.TryCreate(text, UriKind.Absolute, out var read))
        {
            fault = "That is no address; write one such as https://example.com/hooks.";
        }
        else
        {
            fault = Fault(read, text, policy);
            url = fault is null ? WithoutFragment(read) : null;
        }

        return url is not null;
    }

    /// <summary>The same for an address that is read already: where a redirect leads.</summary>
    /// <returns>Null when it may be tried.</returns>
    public static string? Fault(Uri url, AddressPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(url);
        return !url.IsAbsoluteUri ? "The address is not absolute." : Fault(url, url.OriginalString, policy);
    }

    private static string? Fault(Uri url, string text, AddressPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps)
        {
            return "Only http and https addresses can be used.";
        }

        if (url.UserInfo.Length > 0 || Authority(text).Contains('@', StringComparison.Ordinal))
        {
            return "The address carries a user name; leave it out.";
        }

        string host = url.IdnHost;
        if (host.Length == 0)
        {
            return "The address names no host.";
        }

        if (!policy.Allows(url.Port))
        {
            return $"Port {url.Port} can't be used.";
        }

        if (!IPAddress.TryParse(host, out var literal))
        {
            // 127.1, 0x7f.0.0.1, 2130706433: what some resolver would read as a number is no name.
            return LooksNumeric(host) || LooksNumeric(url.Host) ? OddNumber : null;
        }

        return url.HostNameType == UriHostNameType.IPv4 && !Authority(text).StartsWith(host, StringComparison.Ordinal) ? OddNumber
            : policy.Allows(literal) ? null : NotPublic;
    }

    private const string OddNumber = "Write the address of the host in its usual form, such as 192.0.2.1, or use its name.";

    private const string NotPublic = "That address is inside a network that can't be reached from here.";

    private static bool LooksNumeric(string host)
    {
        var last = host.AsSpan().TrimEnd('.');
        last = last[(last.LastIndexOf('.') + 1)..];
        if (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        // Digits of any script: some resolver might fold １２７ into 127.
        foreach (var rune in last.EnumerateRunes())
        {
            if (Rune.GetNumericValue(rune) < 0)
            {
                return false;
            }
        }

        return true;
    }

    // What stands between the slashes, as it was written: Uri has tidied it already.
    private static string Authority(string text)
    {
        int start = text.IndexOf("//", StringComparison.Ordinal);
        if (start < 0)
        {
            return "";
        }

        start += 2;
        int end = text.AsSpan(start).IndexOfAny('/', '?', '#');
        return end < 0 ? text[start..] : text.Substring(start, end);
    }

    private static Uri WithoutFragment(Uri url) => url.Fragment.Length == 0 ? url : new UriBuilder(url) { Fragment = "" }.Uri;
}
