using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Gateway;
using AiSaas.Contracts.Identity;
using AiSaas.Contracts.Usage;
using AiSaas.Tests.Infrastructure;
using System.Net.Http.Json;

namespace AiSaas.Tests.Tenancy;

/// <summary>One of everything that a workspace can have, each with a marker that must never be seen from outside.</summary>
internal sealed class Belongings
{
    public required Account Account { get; init; }

    public required string Marker { get; init; }

    public required Guid Collection { get; init; }

    public required Guid Document { get; init; }

    public required Guid Job { get; init; }

    public required Guid Conversation { get; init; }

    /// <summary>What a client of the AI SDK calls it.</summary>
    public string Chat => $"chat-of-{Marker}";

    public required Guid Message { get; init; }

    public required Guid Run { get; init; }

    public required Guid Key { get; init; }

    public required Guid ProviderKey { get; init; }

    /// <summary>Of <c>/v1/responses</c>.</summary>
    public required string Response { get; init; }

    public required Guid Budget { get; init; }

    /// <summary>What must not appear in an answer to somebody else.</summary>
    public IEnumerable<string> Secrets =>
    [
        Marker, Response,
        .. new[] { Account.TenantId, Account.UserId, Collection, Document, Job, Conversation, Message, Run, Key, ProviderKey, Budget }.Select(id => id.ToString()),
    ];

    public static async Task<Belongings> MakeAsync(Product product, string marker)
    {
        var account = await product.RegisterAsync($"Workspace {marker}");
        var collection = await account.CreateCollectionAsync($"Collection {marker}");
        var uploaded = await account.UploadAsync(
            collection, $"{marker}.md", $"# {marker}\n\nThe secret ingredient of {marker} is saffron, says the kitchen handbook.");
        Assert.Equal("ready", (await account.SettledAsync(uploaded.Id)).Status);
        var conversation = await account.StartConversationAsync();
        var asked = await account.AskAsync(conversation, $"What is the secret ingredient of {marker}?");
        await account.AnswerAsync(conversation, asked.AssistantMessageId);
        using var chat = await account.Http.PostAsJsonAsync("/api/chat", ChatBody($"chat-of-{marker}", $"What does {marker} cook?"));
        Assert.Contains("[DONE]", await chat.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var keys = await account.Http.GetFromJsonAsync("/api/keys", Contracts.ContractsJson.Default.PageKeySummary);
        using var providerKey = await account.Http.PostAsJsonAsync("/api/gateway/keys", new AddProviderKeyRequest("openai", $"sk-{marker}-0123456789", marker));
        using var made = await account.Http.PostAsJsonAsync(
            "/v1/responses", new Dictionary<string, string> { ["model"] = "extractive-1", ["input"] = $"What is the secret of {marker}?" });
        var response = await made.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>();
        using var budget = await account.Http.PutAsJsonAsync("/api/budgets", new PutBudgetRequest($"feature:{marker}", 5));
        using var price = await account.Http.PutAsJsonAsync("/api/gateway/prices", new PutPricesRequest([new(marker, marker, "1", "2")]));
        Assert.True(price.IsSuccessStatusCode, await price.Content.ReadAsStringAsync());
        return new()
        {
            Account = account,
            Marker = marker,
            Collection = collection,
            Document = uploaded.Id,
            Job = uploaded.JobId!.Value,
            Conversation = conversation,
            Message = asked.AssistantMessageId,
            Run = asked.RunId,
            Response = response.GetProperty("id").GetString()!,
            Key = keys!.Items.Single().Id,
            ProviderKey = (await providerKey.Content.ReadFromJsonAsync(Contracts.ContractsJson.Default.OwnProviderKey))!.Id,
            Budget = (await budget.Content.ReadFromJsonAsync(Contracts.ContractsJson.Default.BudgetInfo))!.Id,
        };
    }

    /// <summary>What a route's parameter stands for; null when this table must be taught a new one.</summary>
    public string? IdFor(string route) => route.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api", "collections", ..] => Collection.ToString(),
        ["api", "documents", ..] => Document.ToString(),
        ["api", "jobs", ..] => Job.ToString(),
        ["api", "conversations", ..] => Conversation.ToString(),
        ["api", "messages", ..] => Message.ToString(),
        ["api", "runs", ..] => Run.ToString(),
        ["api", "chat", ..] => Chat,
        ["api", "keys", ..] => Key.ToString(),
        ["api", "gateway", ..] => ProviderKey.ToString(),
        ["api", "budgets", ..] => Budget.ToString(),
        ["v1", "responses", ..] => Response,
        // Models are the house's; nobody has one.
        ["v1", "models", ..] => "nobody/knows",
        _ => null,
    };

    /// <summary>A body that a route accepts and that points at this workspace's things wherever a body can point.</summary>
    public HttpContent? BodyFor(string method, string route) => (method, route) switch
    {
        ("POST", "/api/search") => JsonContent.Create(new Contracts.Retrieval.SearchRequest($"secret ingredient {Marker}", [Collection], new([Document]))),
        ("POST", "/api/conversations") => JsonContent.Create(new CreateConversationRequest(null, [Collection])),
        ("POST", "/api/conversations/{id}/messages") => JsonContent.Create(new AskRequest($"secret {Marker}?", null, [Collection], Message)),
        ("PATCH", "/api/conversations/{id}") => JsonContent.Create(new UpdateConversationRequest("stolen", true, [Collection])),
        ("POST", "/api/chat") => JsonContent.Create(ChatBody(Chat, "And then?")),
        ("POST", "/api/collections") => JsonContent.Create(new Contracts.Documents.CreateCollectionRequest("mine")),
        ("PATCH", "/api/collections/{id}") => JsonContent.Create(new Contracts.Documents.UpdateCollectionRequest("stolen")),
        ("POST", "/api/collections/{id}/documents") => new MultipartFormDataContent { { new StringContent("planted"), "files", "planted.txt" } },
        ("POST", "/v1/responses") => JsonContent.Create(
            new Dictionary<string, string> { ["model"] = "extractive-1", ["input"] = "And then?", ["previous_response_id"] = Response }),
        ("POST", "/api/gateway/keys") => JsonContent.Create(new AddProviderKeyRequest("anthropic", "sk-0123456789")),
        ("PUT", "/api/budgets") => JsonContent.Create(new PutBudgetRequest("tenant", 5)),
        ("PUT", "/api/gateway/prices") => JsonContent.Create(new PutPricesRequest([new("mine", "mine", "1", "2")])),
        ("POST", "/api/keys") => JsonContent.Create(new CreateKeyRequest("mine")),
        ("POST", "/api/auth/tenant") => JsonContent.Create(new SwitchTenantRequest(Account.TenantId)),
        ("PATCH", "/api/me") => JsonContent.Create(new UpdateProfileRequest("Eve")),
        ("POST" or "PATCH" or "PUT", _) => JsonContent.Create(new Dictionary<string, string>()),
        _ => null,
    };

    private static UiChatRequest ChatBody(string id, string text) =>
        new(id, [new("m1", "user", [new("text", System.Text.Json.JsonSerializer.SerializeToElement(text))])]);
}
