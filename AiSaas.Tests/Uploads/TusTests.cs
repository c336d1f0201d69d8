using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using AiSaas.Contracts;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Uploads;

/// <summary>Files that come in pieces, over the tus protocol.</summary>
public sealed class TusTests(Product product) : IClassFixture<Product>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_that_comes_in_odd_pieces_is_the_file_that_was_sent()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] file = Lines(3 << 20);
        var upload = await account.CreatedAsync(collection, "logs/lamps.txt", file.Length);
        int[] cuts = [0, 1, 1000, (1 << 20) - 1, (1 << 20) + 5, 2 << 20, file.Length];

        HttpResponseMessage? last = null;
        for (int i = 1; i < cuts.Length; i++)
        {
            last = await account.PatchAsync(upload, cuts[i - 1], file[cuts[i - 1]..cuts[i]]);
            Assert.True(last.StatusCode == HttpStatusCode.NoContent, await last.Content.ReadAsStringAsync(Cancellation));
            Assert.Equal($"{cuts[i]}", last.Header("Upload-Offset"));
        }

        var document = Guid.Parse(last!.Header("X-AiSaas-Document-Id"));
        var info = await account.Http.GetFromJsonAsync(upload, ContractsJson.Default.UploadInfo, Cancellation);
        Assert.Equal(("done", document, "logs/lamps.txt"), (info!.Status, info.Document!.Id, info.Document.Name));
        Assert.Equal(file, await account.Http.GetByteArrayAsync($"/api/documents/{document}/file", Cancellation));
        Assert.Equal(SHA256.HashData(file), await product.Stack.ScalarAsync<byte[]>("select sha256 from documents where id = $1", document));
        var duplicate = await account.UploadAsync(collection, "again.txt", file);
        Assert.Equal(document, duplicate.DuplicateOf);
        await account.Http.DeleteAsync($"/api/documents/{document}", Cancellation);
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from uploads where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task What_came_before_a_connection_broke_stays_and_is_gone_on_with()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] file = Lines(3 << 20);
        var upload = await account.CreatedAsync(collection, "lamps.txt", file.Length);
        const int sent = (2 << 20) + 12_345;

        using (TcpClient client = new())
        {
            await client.ConnectAsync(product.Api.Host, product.Api.Port, Cancellation);
            string head = $"PATCH {upload} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {account.Key}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n"
                + $"Content-Type: application/offset+octet-stream\r\nContent-Length: {file.Length}\r\n\r\n";
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Cancellation);
            await client.GetStream().WriteAsync(file.AsMemory(0, sent), Cancellation);
            await Eventually.TrueAsync(async () => await account.OffsetAsync(upload) >= 2 << 20, "two blocks are stored");
            using var second = await account.PatchAsync(upload, await account.OffsetAsync(upload), file[..10]);
            Assert.Equal(HttpStatusCode.Locked, second.StatusCode);
        }

        // Half of the last block is stored too, and the upload is free again.
        await Eventually.TrueAsync(
            async () => await product.Stack.ScalarAsync<long>("select count(*) from uploads where tenant_id = $1 and writer is null", account.TenantId) == 1, "the connection is given up");
        long offset = await account.OffsetAsync(upload);
        Assert.Equal(sent, offset);
        using var wrong = await account.PatchAsync(upload, 5, file[5..]);
        Assert.Equal(HttpStatusCode.Conflict, wrong.StatusCode);
        using var rest = await account.PatchAsync(upload, offset, file[(int)offset..]);
        Assert.Equal(HttpStatusCode.NoContent, rest.StatusCode);
        Assert.Equal(file, await account.Http.GetByteArrayAsync($"/api/documents/{rest.Header("X-AiSaas-Document-Id")}/file", Cancellation));
    }

    [Fact]
    public async Task An_upload_that_is_whole_but_was_never_finished_is_finished_by_whoever_asks()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        byte[] file = "The harbour opens at six."u8.ToArray();
        using var created = await account.CreateAsync(collection, "note.txt", file.Length, file[..10]);
        Assert.Equal(("10", HttpStatusCode.Created), (created.Header("Upload-Offset"), created.StatusCode));
        // As a process that died after the last byte leaves it.
        await product.Stack.ScalarAsync<object>("update file_blocks set content = $2 where tenant_id = $1", account.TenantId, file);
        await product.Stack.ScalarAsync<object>("update files set bytes = $2 where tenant_id = $1", account.TenantId, (long)file.Length);
        await product.Stack.ScalarAsync<object>("update uploads set received = bytes where tenant_id = $1", account.TenantId);

        using var told = await account.AskAsync(HttpMethod.Head, created.Headers.Location!);

        Assert.Equal("ready", (await account.SettledAsync(Guid.Parse(told.Header("X-AiSaas-Document-Id")), Patience)).Status);
        using var again = await account.AskAsync(HttpMethod.Head, created.Headers.Location!);
        Assert.Equal(told.Header("X-AiSaas-Document-Id"), again.Header("X-AiSaas-Document-Id"));
    }

    [Fact]
    public async Task What_cannot_be_is_refused_in_the_protocols_terms()
    {
        using var account = await product.RegisterAsync();
        using var stranger = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var upload = await account.CreatedAsync(collection, "note.txt", 10);
        async Task<HttpStatusCode> StatusAsync(Task<HttpResponseMessage> sending)
        {
            using var response = await sending;
            Assert.Equal("1.0.0", response.Header("Tus-Resumable"));
            return response.StatusCode;
        }

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(stranger.AskAsync(HttpMethod.Head, upload)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(stranger.PatchAsync(upload, 0, new byte[10])));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(stranger.AskAsync(HttpMethod.Delete, upload)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(stranger.CreateAsync(collection, "planted.txt", 10)));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(account.CreateAsync(collection, "huge.txt", (1L << 30) + 1)));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await StatusAsync(account.CreateAsync(collection, "old.txt", 1, null, request =>
        {
            request.Headers.Remove("Tus-Resumable");
            request.Headers.Add("Tus-Resumable", "0.2.2");
        })));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(account.CreateAsync(collection, "x", 1, null, request => request.Headers.Remove("Upload-Metadata"))));
        Assert.Equal(HttpStatusCode.BadRequest, await StatusAsync(account.CreateAsync(collection, "x", 1, null, request => request.Headers.Remove("Upload-Length"))));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await StatusAsync(account.PatchAsync(upload, 0, new ByteArrayContent(new byte[3]))));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await StatusAsync(account.PatchAsync(upload, 0, new byte[11])));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(account.AskAsync(HttpMethod.Options, new Uri("/api/uploads", UriKind.Relative))));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(account.AskAsync(HttpMethod.Delete, upload)));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(account.AskAsync(HttpMethod.Head, upload)));
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
    }

    [Fact]
    public async Task What_is_left_for_too_long_goes_with_its_bytes()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();
        var upload = await account.CreatedAsync(collection, "left.txt", 100);
        using var some = await account.PatchAsync(upload, 0, new byte[50]);
        await product.Stack.ScalarAsync<object>("update uploads set expires_at = now() - interval '1 second' where tenant_id = $1", account.TenantId);

        using var late = await account.PatchAsync(upload, 50, new byte[50]);
        int expired = await product.Stack.ScalarAsync<int>("select app.expire_uploads(5)");

        Assert.Equal(HttpStatusCode.Gone, late.StatusCode);
        Assert.Equal(1, expired);
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
        Assert.Equal(0, await product.Stack.ScalarAsync<long>("select count(*) from file_blocks where tenant_id = $1", account.TenantId));
    }

    private static byte[] Lines(int length) =>
        Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, length / 30).Select(i => $"Lamp {i:D8} burns until six.\n")));
}
