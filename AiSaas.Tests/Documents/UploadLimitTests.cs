using System.Net;
using System.Net.Http.Json;
using AiSaas.Api.Identity;
using AiSaas.Contracts;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Documents;

public sealed class UploadLimitTests(Stack stack) : IClassFixture<Stack>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_file_that_is_too_large_is_refused_in_words_and_leaves_nothing()
    {
        await using ServiceHost<CurrentUser> api = new(stack.Settings(("Limits:MaxUploadBytes", "3000000"), ("Documents:MaxRequestBytes", "8000000")));
        using var account = await Account.RegisterAsync(api.Address);
        var collection = await account.CreateCollectionAsync();
        string path = $"/api/collections/{collection}/documents";
        using MultipartFormDataContent alone = new() { { new ByteArrayContent(new byte[3_000_001]), "files", "big.txt" } };
        using MultipartFormDataContent together = new()
        {
            { new ByteArrayContent(new byte[3_000_001]), "files", "big.txt" },
            { new StringContent("The harbour opens at six."), "files", "small.txt" },
        };
        // Asks before it sends, as curl does: a server that refuses at once may not read on.
        using HttpRequestMessage flood = new(HttpMethod.Post, path)
        {
            Content = new MultipartFormDataContent { { new ByteArrayContent(new byte[9_000_000]), "files", "flood.txt" } },
            Headers = { ExpectContinue = true },
        };

        using var refused = await account.Http.PostAsync(path, alone, Cancellation);
        using var mixed = await account.Http.PostAsync(path, together, Cancellation);
        using var flooded = await account.Http.SendAsync(flood, Cancellation);
        using var noForm = await account.Http.PostAsync(path, new StringContent("text"), Cancellation);
        using var nothing = await account.Http.PostAsync(path, new MultipartFormDataContent { { new StringContent("x"), "field" } }, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
        Assert.Equal("documents:too-large", (await Account.ProblemAsync(refused)).Code);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, flooded.StatusCode);
        Assert.Equal("documents:not-multipart", (await Account.ProblemAsync(noForm)).Code);
        Assert.Equal("documents:no-files", (await Account.ProblemAsync(nothing)).Code);
        var documents = (await mixed.Content.ReadFromJsonAsync(ContractsJson.Default.UploadAccepted, Cancellation))!.Documents;
        Assert.Equal(["documents:too-large", null], documents.Select(document => document.Error?.Code));
        Assert.Equal(1, await stack.ScalarAsync<long>("select count(*) from files where tenant_id = $1", account.TenantId));
        Assert.Equal(2, await stack.ScalarAsync<long>("select count(*) from documents where tenant_id = $1", account.TenantId));
    }
}
