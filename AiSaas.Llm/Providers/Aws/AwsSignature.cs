using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AiSaas.Llm.Providers.Aws;

/// <summary>AWS Signature Version 4 of a request.</summary>
/// <remarks>
/// 1. The canonical request: method, path, query, headers, their names, the body's digest, each on a line.
/// 2. The string to sign: algorithm, time, scope (day/region/service), digest of 1.
/// 3. The key: the secret, hashed with day, region, service and <c>aws4_request</c> in turn.
/// 4. The signature: 2 hashed with 3.
/// </remarks>
internal sealed class AwsSignature(AwsCredentials credentials, string region, string service)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>What the transport changes or adds on its way isn't signed.</summary>
    private static readonly string[] Unsigned = ["authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id", "traceparent"];

    /// <summary>Adds <c>x-amz-date</c>, the session's token and <c>Authorization</c> to the request.</summary>
    public void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, DateTimeOffset time)
    {
        string moment = time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        string scope = $"{moment[..8]}/{region}/{service}/aws4_request";
        var uri = request.RequestUri!;
        request.Headers.Remove("Authorization");
        request.Headers.Remove("x-amz-date");
        request.Headers.Remove("x-amz-security-token");
        request.Headers.TryAddWithoutValidation("x-amz-date", moment);
        if (credentials.SessionToken is { } token)
        {
            request.Headers.TryAddWithoutValidation("x-amz-security-token", token);
        }

        var headers = Headers(request);
        string names = string.Join(';', headers.Keys);
        StringBuilder canonical = new();
        canonical.Append(request.Method.Method).Append('\n').Append(Path(uri)).Append('\n').Append(Query(uri)).Append('\n');
        foreach (var (name, value) in headers)
        {
            canonical.Append(name).Append(':').Append(value).Append('\n');
        }

        canonical.Append('\n').Append(names).Append('\n').Append(Convert.ToHexStringLower(SHA256.HashData(body)));
        string toSign = $"{Algorithm}\n{moment}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        string signature = Convert.ToHexStringLower(Hash(Key(moment[..8]), toSign));
        request.Headers.TryAddWithoutValidation(
            "Authorization", $"{Algorithm} Credential={credentials.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    private static SortedDictionary<string, string> Headers(HttpRequestMessage request)
    {
        SortedDictionary<string, string> headers = new(StringComparer.Ordinal)
        {
            ["host"] = request.Headers.Host ?? (request.RequestUri!.IsDefaultPort ? request.RequestUri.Host : request.RequestUri.Authority),
        };
        var all = request.Headers.NonValidated.Concat(request.Content?.Headers.NonValidated ?? default);
        foreach (var (name, values) in all)
        {
            string lower = name.ToLowerInvariant();
            if (!Unsigned.Contains(lower) && lower != "host")
            {
                headers[lower] = string.Join(',', values.Select(Trimmed));
            }
        }

        return headers;
    }

    private static string Trimmed(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    // Every service but S3 encodes the path's segments a second time.
    private static string Path(Uri uri) => string.Join('/', uri.AbsolutePath.Split('/').Select(Encode));

    private static string Query(Uri uri) => string.Join('&', uri.Query.TrimStart('?')
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .Select(pair => (Name: Encode(Uri.UnescapeDataString(pair[0])), Value: Encode(pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "")))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Encode(string text) => Uri.EscapeDataString(text);

    private byte[] Key(string day) =>
        Hash(Hash(Hash(Hash(Encoding.UTF8.GetBytes("AWS4" + credentials.Secret), day), region), service), "aws4_request");

    private static byte[] Hash(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
