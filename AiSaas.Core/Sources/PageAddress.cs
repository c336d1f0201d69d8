using System.Collections.Frozen;

namespace AiSaas.Core.Sources;

/// <summary>One spelling for each page's address, and which pages are of one site.</summary>
public static class PageAddress
{
    public const int MostCharacters = 2048;

    private const string Www = "www.";

    // They say where a reader came from, never what is read.
    private static readonly FrozenSet<string> Tracking = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "msclkid", "yclid", "twclid", "ttclid",
        "igshid", "mc_cid", "mc_eid", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "oly_anon_id", "oly_enc_id", "vero_id", "wickedid",
        "phpsessid", "jsessionid", "sessionid");

    // What no parser reads: not worth a request.
    private static readonly FrozenSet<string> Unread = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp", ".tif", ".tiff", ".ico", ".css", ".js",
        ".mjs", ".map", ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".m4a", ".ogg", ".wav", ".flac", ".mp4", ".m4v", ".webm", ".avi",
        ".mov", ".mkv", ".exe", ".msi", ".dmg", ".pkg", ".deb", ".rpm", ".apk", ".iso", ".img", ".bin", ".jar", ".gz", ".tgz", ".bz2", ".xz",
        ".zst", ".7z", ".rar", ".tar", ".zip", ".wasm");

    /// <summary>Without fragment, default port, dot segments, tracking parameters; host in lower case and ASCII, escapes in upper case.</summary>
    /// <returns>Null for what is no web address, or too long to keep.</returns>
    public static Uri? Normalize(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps) || url.IdnHost.Length == 0 || url.UserInfo.Length > 0)
        {
            return null;
        }

        string path = Upper(WithoutSession(url.AbsolutePath));
        string host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost.ToLowerInvariant().TrimEnd('.');
        string port = url.IsDefaultPort ? "" : $":{url.Port}";
        string text = $"{url.Scheme}://{host}{port}{path}{Query(url.Query)}";
        return text.Length <= MostCharacters && Uri.TryCreate(text, UriKind.Absolute, out var tidy) && tidy.AbsoluteUri.Length <= MostCharacters
            ? tidy
            : null;
    }

    /// <summary>Scheme, host and port.</summary>
    public static string Origin(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return url.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>The same host, with or without <c>www.</c> and TLS.</summary>
    public static bool IsSameSite(Uri one, Uri other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        return Name(one) == Name(other) && (one.Port == other.Port || (one.IsDefaultPort && other.IsDefaultPort));

        static string Name(Uri url) => url.IdnHost.StartsWith(Www, StringComparison.OrdinalIgnoreCase)
            ? url.IdnHost[Www.Length..].ToLowerInvariant()
            : url.IdnHost.ToLowerInvariant();
    }

    /// <summary>Whether the name alone says that nothing can be read there: pictures, styles, programs.</summary>
    public static bool IsWorthAsking(Uri url)
    {
        ArgumentNullException.ThrowIfNull(url);
        return !Unread.Contains(Path.GetExtension(url.AbsolutePath));
    }

    private static string Query(string query)
    {
        if (query.Length <= 1)
        {
            return "";
        }

        string kept = string.Join('&', query[1..].Split('&').Where(part => part.Length > 0 && !IsTracking(part)));
        return kept.Length == 0 ? "" : "?" + Upper(kept);
    }

    private static bool IsTracking(string part)
    {
        string name = part.Split('=', 2)[0];
        return name.StartsWith("utm_", StringComparison.OrdinalIgnoreCase) || Tracking.Contains(name);
    }

    // "/shop;jsessionid=1A2B": another for each visitor.
    private static string WithoutSession(string path)
    {
        int at = path.IndexOf(";jsessionid=", StringComparison.OrdinalIgnoreCase);
        int end = at < 0 ? -1 : path.IndexOf('/', at);
        return at < 0 ? path : end < 0 ? path[..at] : path.Remove(at, end - at);
    }

    // %c3%a9 and %C3%A9 are one.
    private static string Upper(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        char[] letters = text.ToCharArray();
        for (int i = 0; i + 2 < letters.Length; i++)
        {
            if (letters[i] == '%' && char.IsAsciiHexDigit(letters[i + 1]) && char.IsAsciiHexDigit(letters[i + 2]))
            {
                letters[i + 1] = char.ToUpperInvariant(letters[i + 1]);
                letters[i + 2] = char.ToUpperInvariant(letters[i + 2]);
            }
        }

        return new string(letters);
    }
}
