using System.Net.Http.Headers;
using System.Text;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Uploads;

/// <summary>The requests of the tus protocol, byte for byte as its text has them.</summary>
internal static class Tus
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<HttpResponseMessage> CreateAsync(
        this Account account, Guid collection, string name, long length, byte[]? first = null, Action<HttpRequestMessage>? change = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/uploads");
        request.Headers.Add("Tus-Resumable", "1.0.0");
        request.Headers.Add("Upload-Length", $"{length}");
        request.Headers.Add("Upload-Metadata", $"filename {Encoded(name)},collectionId {Encoded(collection.ToString())}");
        if (first is not null)
        {
            request.Content = Piece(first);
        }

        change?.Invoke(request);
        return await account.Http.SendAsync(request, Cancellation);
    }

    public static async Task<Uri> CreatedAsync(this Account account, Guid collection, string name, long length)
    {
        using var created = await account.CreateAsync(collection, name, length);
        Assert.True((int)created.StatusCode == 201, await created.Content.ReadAsStringAsync(Cancellation));
        return created.Headers.Location!;
    }

    public static Task<HttpResponseMessage> PatchAsync(this Account account, Uri upload, long offset, byte[] piece) =>
        account.PatchAsync(upload, offset, Piece(piece));

    public static async Task<HttpResponseMessage> PatchAsync(this Account account, Uri upload, long offset, HttpContent piece)
    {
        using HttpRequestMessage request = new(HttpMethod.Patch, upload) { Content = piece };
        request.Headers.Add("Tus-Resumable", "1.0.0");
        request.Headers.Add("Upload-Offset", $"{offset}");
        return await account.Http.SendAsync(request, Cancellation);
    }

    public static async Task<HttpResponseMessage> AskAsync(this Account account, HttpMethod method, Uri upload)
    {
        using HttpRequestMessage request = new(method, upload);
        request.Headers.Add("Tus-Resumable", "1.0.0");
        return await account.Http.SendAsync(request, Cancellation);
    }

    public static async Task<long> OffsetAsync(this Account account, Uri upload)
    {
        using var told = await account.AskAsync(HttpMethod.Head, upload);
        return long.Parse(told.Header("Upload-Offset"), System.Globalization.CultureInfo.InvariantCulture);
    }

    public static string Header(this HttpResponseMessage response, string name) => response.Headers.GetValues(name).Single();

    public static HttpContent Piece(byte[] bytes) => Typed(new ByteArrayContent(bytes));

    public static HttpContent Typed(HttpContent content)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/offset+octet-stream");
        return content;
    }

    private static string Encoded(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
