using System.Globalization;
using System.Text;
using AiSaas.Core.Uploads;

namespace AiSaas.Api.Uploads;

/// <summary>The headers of the tus protocol, version 1.0.0.</summary>
internal static class TusHeaders
{
    public const string Version = "1.0.0";
    public const string Resumable = "Tus-Resumable";
    public const string Extensions = "creation,creation-with-upload,termination,expiration";
    public const string Offset = "Upload-Offset";
    public const string Length = "Upload-Length";
    public const string Metadata = "Upload-Metadata";
    public const string ContentType = "application/offset+octet-stream";
    public const string DocumentId = "X-AiSaas-Document-Id";
    public const string JobId = "X-AiSaas-Job-Id";

    private const int LongestMetadata = 4096;

    /// <returns>A header that counts bytes; null where there is none, or it is no number.</returns>
    public static long? Bytes(HttpRequest request, string name) =>
        long.TryParse(request.Headers[name], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) ? bytes : null;

    /// <summary><c>key base64, key base64, …</c></summary>
    /// <returns>Null where it is not of this form.</returns>
    public static Dictionary<string, string>? ReadMetadata(string header)
    {
        if (header.Length > LongestMetadata)
        {
            return null;
        }

        Dictionary<string, string> read = new(StringComparer.Ordinal);
        foreach (string pair in header.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split(' ');
            byte[] value = new byte[pair.Length];
            if (parts.Length > 2 || !Convert.TryFromBase64String(parts is [_, var encoded] ? encoded : "", value, out int length))
            {
                return null;
            }

            read[parts[0]] = Encoding.UTF8.GetString(value, 0, length);
        }

        return read;
    }

    /// <summary>What an answer says of an upload.</summary>
    public static void Describe(HttpResponse response, Upload upload)
    {
        var headers = response.Headers;
        headers[Offset] = upload.Received.ToString(CultureInfo.InvariantCulture);
        headers[Length] = upload.Bytes.ToString(CultureInfo.InvariantCulture);
        headers["Upload-Expires"] = upload.ExpiresAt.ToString("R", CultureInfo.InvariantCulture);
        headers.CacheControl = "no-store";
        if (upload.Metadata is not null)
        {
            headers[Metadata] = upload.Metadata;
        }

        if (upload.Outcome is { } document)
        {
            headers[DocumentId] = document.Id.ToString();
            headers[JobId] = document.JobId?.ToString() ?? "";
        }
    }
}
