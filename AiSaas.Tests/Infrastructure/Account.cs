using System.Net.Http.Headers;
using System.Net.Http.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using AiSaas.Contracts.Identity;

namespace AiSaas.Tests.Infrastructure;

/// <summary>A person with a workspace of their own, as a program drives the api.</summary>
public sealed class Account : IDisposable
{
    public const string Password = "a sentence nobody guesses";

    private Account(HttpClient http, string email, RegisterResponse registered, CreatedKey key)
    {
        Http = http;
        Key = key.Key;
        KeyId = key.Id;
        Email = email;
        UserId = registered.UserId;
        TenantId = registered.TenantId;
    }

    /// <summary>Carries a key of the account.</summary>
    public HttpClient Http { get; }

    public string Key { get; }

    public Guid KeyId { get; }

    public string Email { get; }

    public Guid UserId { get; }

    public Guid TenantId { get; }

    public static async Task<Account> RegisterAsync(Uri api, string workspace = "Test")
    {
        HttpClient http = new() { BaseAddress = api, Timeout = TimeSpan.FromSeconds(60) };
        string email = $"{Guid.CreateVersion7():n}@example.com";
        using var registration = await http.PostAsJsonAsync("/api/auth/register", new RegisterRequest(email, Password, workspace));
        Assert.True(registration.IsSuccessStatusCode, await registration.Content.ReadAsStringAsync());
        var registered = (await registration.Content.ReadFromJsonAsync(ContractsJson.Default.RegisterResponse))!;
        using var made = await http.PostAsJsonAsync("/api/keys", new CreateKeyRequest("tests"));
        var key = (await made.Content.ReadFromJsonAsync(ContractsJson.Default.CreatedKey))!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key.Key);
        return new Account(http, email, registered, key);
    }

    public async Task<Guid> CreateCollectionAsync(string name = "Manuals")
    {
        using var response = await Http.PostAsJsonAsync("/api/collections", new CreateCollectionRequest(name));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.CollectionSummary))!.Id;
    }

    public async Task<UploadedDocument> UploadAsync(Guid collection, string name, byte[] content)
    {
        using MultipartFormDataContent form = new() { { new ByteArrayContent(content), "files", name } };
        using var response = await Http.PostAsync($"/api/collections/{collection}/documents", form);
        Assert.True(response.StatusCode == System.Net.HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.UploadAccepted))!.Documents.Single();
    }

    public Task<UploadedDocument> UploadAsync(Guid collection, string name, string content) =>
        UploadAsync(collection, name, System.Text.Encoding.UTF8.GetBytes(content));

    /// <summary>Waits until a document is ready or failed.</summary>
    public Task<DocumentInfo> SettledAsync(Guid document, TimeSpan? within = null) => Eventually.GetAsync(
        async () => await Http.GetFromJsonAsync($"/api/documents/{document}", ContractsJson.Default.DocumentInfo)
            is { Status: "ready" or "failed" } settled ? settled : null,
        $"document {document} settles", within);

    public async Task<Guid> StartConversationAsync()
    {
        using var response = await Http.PostAsJsonAsync("/api/conversations", new CreateConversationRequest());
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.ConversationSummary))!.Id;
    }

    public async Task<AskAccepted> AskAsync(Guid conversation, string text)
    {
        using var response = await Http.PostAsJsonAsync($"/api/conversations/{conversation}/messages", new AskRequest(text));
        Assert.True(response.StatusCode == System.Net.HttpStatusCode.Accepted, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.AskAccepted))!;
    }

    /// <summary>Waits until an answer is settled.</summary>
    public Task<Message> AnswerAsync(Guid conversation, Guid message, TimeSpan? within = null) => Eventually.GetAsync(
        async () => (await Http.GetFromJsonAsync($"/api/conversations/{conversation}", ContractsJson.Default.ConversationDetail))!
            .Messages.SingleOrDefault(one => one.Id == message && one.CompletedAt is not null),
        $"answer {message} settles", within);

    /// <summary>Reads a refusal.</summary>
    public static async Task<Problem> ProblemAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.Problem))!;
    }

    public void Dispose() => Http.Dispose();
}
