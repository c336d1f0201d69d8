using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Gateway;
using AiSaas.Contracts.Identity;
using AiSaas.Contracts.Jobs;
using AiSaas.Contracts.Quality;
using AiSaas.Contracts.Usage;
using AiSaas.Contracts.Webhooks;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Sources;
using AiSaas.Tests.Uploads;
using AiSaas.Tests.Webhooks;
using System.Net.Http.Json;

namespace AiSaas.Tests.Tenancy;

/// <summary>One of everything that a workspace can have, each with a marker that must never be seen from outside.</summary>
internal sealed class Belongings
{
    public required Account Account { get; init; }

    public required string Marker { get; init; }

    public required Guid Collection { get; init; }

    public required Guid Document { get; init; }

    public required Guid Chunk { get; init; }

    public required Guid Job { get; init; }

    public required Guid Schedule { get; init; }

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

    /// <summary>Of <c>/v1/batches</c>, ended, with the file it came from and the one it made.</summary>
    public required (string Id, string Input, string Output) Batch { get; init; }

    /// <summary>Of a file that comes in pieces, half of it here.</summary>
    public required Guid Upload { get; init; }

    public required Guid Webhook { get; init; }

    public required Guid Delivery { get; init; }

    public required Guid Source { get; init; }

    public required Guid GoldenQuestion { get; init; }

    public required Guid Evaluation { get; init; }

    /// <summary>The record of a search.</summary>
    public required Guid Query { get; init; }

    /// <summary>What must not appear in an answer to somebody else.</summary>
    public IEnumerable<string> Secrets =>
    [
        Marker, Response, Batch.Id, Batch.Input, Batch.Output,
        .. new[] { Account.TenantId, Account.UserId, Collection, Document, Chunk, Job, Conversation, Message, Run, Key, ProviderKey, Budget, Schedule, Webhook, Delivery, Upload, Source, GoldenQuestion, Evaluation, Query }.Select(id => id.ToString()),
    ];

    public static async Task<Belongings> MakeAsync(Product product, string marker)
    {
        var account = await product.RegisterAsync($"Workspace {marker}");
        var collection = await account.CreateCollectionAsync($"Collection {marker}");
        var uploaded = await account.UploadAsync(
            collection, $"{marker}.md", $"# {marker}\n\nThe secret ingredient of {marker} is saffron, says the kitchen handbook.");
        Assert.Equal("ready", (await account.SettledAsync(uploaded.Id)).Status);
        var chunks = await account.Http.GetFromJsonAsync($"/api/documents/{uploaded.Id}/chunks", Contracts.ContractsJson.Default.PageDocumentChunk);
        using var corrected = await account.Http.PatchAsJsonAsync(
            $"/api/chunks/{chunks!.Items[0].Id}", new Dictionary<string, string> { ["text"] = $"The secret ingredient of {marker} is saffron, says the cook." });
        Assert.True(corrected.IsSuccessStatusCode, await corrected.Content.ReadAsStringAsync());
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
        using var schedule = await account.Http.PostAsJsonAsync("/api/schedules", ScheduleOf(marker, conversation));
        var (webhook, delivery) = await TellAsync(account, marker);
        var (question, evaluation, query) = await BenchAsync(account, collection, marker);
        return new()
        {
            Account = account,
            Marker = marker,
            Collection = collection,
            Document = uploaded.Id,
            Chunk = chunks.Items[0].Id,
            Job = uploaded.JobId!.Value,
            Schedule = (await schedule.Content.ReadFromJsonAsync(Contracts.ContractsJson.Default.ScheduleInfo))!.Id,
            Conversation = conversation,
            Message = asked.AssistantMessageId,
            Run = asked.RunId,
            Response = response.GetProperty("id").GetString()!,
            Key = keys!.Items.Single().Id,
            ProviderKey = (await providerKey.Content.ReadFromJsonAsync(Contracts.ContractsJson.Default.OwnProviderKey))!.Id,
            Batch = await BatchAsync(account, marker),
            Upload = await HalfAsync(account, collection, marker),
            Webhook = webhook,
            Source = await SourceAsync(product, account, collection, marker),
            Delivery = delivery,
            GoldenQuestion = question,
            Evaluation = evaluation,
            Query = query,
            Budget = (await budget.Content.ReadFromJsonAsync(Contracts.ContractsJson.Default.BudgetInfo))!.Id,
        };
    }

    private static CreateScheduleRequest ScheduleOf(string name, Guid conversation) => new(
        name, "0 9 * * mon", "chat",
        System.Text.Json.JsonSerializer.SerializeToElement(new Dictionary<string, string> { ["text"] = $"{name}?", ["conversationId"] = conversation.ToString() }));

    private static async Task<Guid> HalfAsync(Account account, Guid collection, string marker)
    {
        using var made = await account.CreateAsync(collection, $"{marker}.txt", 1000, System.Text.Encoding.UTF8.GetBytes($"Half of {marker}."));
        return Guid.Parse(made.Headers.Location!.ToString().Split('/')[^1]);
    }

    private static async Task<(string Id, string Input, string Output)> BatchAsync(Account account, string marker)
    {
        string line = $$$"""{"custom_id":"{{{marker}}}","method":"POST","url":"/v1/chat/completions","body":{"model":"extractive-1","messages":[{"role":"user","content":"{{{marker}}}?"}]}}""";
        using MultipartFormDataContent form = new() { { new StringContent("batch"), "purpose" }, { new StringContent(line), "file", $"{marker}.jsonl" } };
        using var uploaded = await account.Http.PostAsync("/v1/files", form);
        string input = (await uploaded.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).GetProperty("id").GetString()!;
        using var made = await account.Http.PostAsJsonAsync(
            "/v1/batches", new Dictionary<string, string> { ["input_file_id"] = input, ["endpoint"] = "/v1/chat/completions", ["completion_window"] = "24h" });
        string id = (await made.Content.ReadFromJsonAsync<System.Text.Json.JsonElement>()).GetProperty("id").GetString()!;
        string output = await Eventually.GetAsync(
            async () => (await account.Http.GetFromJsonAsync<System.Text.Json.JsonElement>($"/v1/batches/{id}")) is var batch
                && batch.GetProperty("status").GetString() == "completed" ? batch.GetProperty("output_file_id").GetString() : null,
            $"batch {id} completes");
        return (id, input, output);
    }

    // The api's own sign of life serves as a page of the web.
    private static async Task<Guid> SourceAsync(Product product, Account account, Guid collection, string marker)
    {
        var added = await account.AddUrlAsync(collection, new Uri(product.Api, $"/alive?{marker}").AbsoluteUri, refetch: "@yearly");
        await account.WalkedAsync(added.SourceId, product.Stack);
        return added.SourceId;
    }

    // The record comes last: once it is there, those of the answers are too.
    private static async Task<(Guid Question, Guid Evaluation, Guid Query)> BenchAsync(Account account, Guid collection, string marker)
    {
        GoldenQuestionBody body = new($"What is secret of {marker}?", [new($"{marker}.md", Quote: $"The secret ingredient of {marker} is saffron")], [marker]);
        using var golden = await account.Http.PostAsJsonAsync($"/api/quality/collections/{collection}/questions", body);
        var question = (await golden.Content.ReadFromJsonAsync(Contracts.ContractsJson.Default.GoldenQuestion))!.Id;
        using var draft = await account.Http.PutAsJsonAsync($"/api/quality/settings/{collection}/draft", new PutDraftRequest(new(Weight: 0.3), 0));
        Assert.True(draft.IsSuccessStatusCode, await draft.Content.ReadAsStringAsync());
        using var started = await account.Http.PostAsJsonAsync("/api/quality/runs", new StartEvaluationRequest(collection.ToString(), "draft"));
        var run = (await started.Content.ReadFromJsonAsync(Contracts.ContractsJson.Default.EvaluationRun))!.Id;
        await Eventually.TrueAsync(
            async () => (await account.Http.GetFromJsonAsync($"/api/quality/runs/{run}", Contracts.ContractsJson.Default.EvaluationReport))!.Run.Status == "succeeded",
            $"evaluation {run} ends");
        using var search = await account.Http.PostAsJsonAsync("/api/search", new Contracts.Retrieval.SearchRequest($"ingredient {marker}", [collection]));
        var record = await Eventually.GetAsync(
            async () => (await account.Http.GetFromJsonAsync("/api/retrieval/queries?source=search", Contracts.ContractsJson.Default.PageQuerySummary))!.Items is [var newest, ..] ? newest : null,
            "the search is recorded");
        return (question, run, record.Id);
    }

    // Nobody listens there. Switched off after its first attempt, so that nothing of it moves by itself any more.
    private static async Task<(Guid Webhook, Guid Delivery)> TellAsync(Account account, string marker)
    {
        var webhook = await account.HookAsync($"http://127.0.0.1:1024/{marker}");
        var delivery = await account.TestHookAsync(webhook.Id);
        await account.BecomesAsync(delivery.Id, "pending", 1);
        using var off = await account.Http.PatchAsJsonAsync($"/api/webhooks/{webhook.Id}", new UpdateWebhookRequest(Enabled: false, Description: marker));
        Assert.True(off.IsSuccessStatusCode, await off.Content.ReadAsStringAsync());
        return (webhook.Id, delivery.Id);
    }

    /// <summary>What a route's parameter stands for; null when this table must be taught a new one.</summary>
    public string? IdFor(string route) => route.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api", "collections", ..] => Collection.ToString(),
        ["api", "documents", ..] => Document.ToString(),
        ["api", "sources", ..] => Source.ToString(),
        ["api", "uploads", ..] => Upload.ToString(),
        ["api", "chunks", ..] => Chunk.ToString(),
        ["api", "jobs", _, "results"] => Guid.ParseExact(Batch.Id["batch_".Length..], "N").ToString(),
        ["api", "jobs", ..] => Job.ToString(),
        ["api", "schedules", ..] => Schedule.ToString(),
        ["api", "conversations", ..] => Conversation.ToString(),
        ["api", "messages", ..] => Message.ToString(),
        ["api", "runs", ..] => Run.ToString(),
        ["api", "chat", ..] => Chat,
        ["api", "keys", ..] => Key.ToString(),
        ["api", "gateway", ..] => ProviderKey.ToString(),
        ["api", "budgets", ..] => Budget.ToString(),
        ["api", "webhooks", "deliveries", ..] => Delivery.ToString(),
        ["api", "webhooks", ..] => Webhook.ToString(),
        ["api", "quality", "questions", ..] => GoldenQuestion.ToString(),
        ["api", "quality", "runs", ..] => Evaluation.ToString(),
        ["api", "quality", "collections" or "settings", ..] => Collection.ToString(),
        ["api", "retrieval", "queries", ..] => Query.ToString(),
        ["v1", "responses", ..] => Response,
        ["v1", "batches", ..] => Batch.Id,
        ["v1", "files", _, "content"] => Batch.Output,
        ["v1", "files", ..] => Batch.Input,
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
        // Under the other's conversation's id and after the other's message. (Under its name anybody may have a chat of their own.)
        ("POST", "/api/chat") => JsonContent.Create(ChatBody(Conversation.ToString(), "And then?", Message.ToString())),
        ("POST", "/api/collections") => JsonContent.Create(new Contracts.Documents.CreateCollectionRequest("mine")),
        ("PATCH", "/api/collections/{id}") => JsonContent.Create(new Contracts.Documents.UpdateCollectionRequest("stolen")),
        ("POST", "/api/collections/{id}/documents") => new MultipartFormDataContent { { new StringContent("planted"), "files", "planted.txt" } },
        ("POST", "/api/collections/{id}/documents/url") => JsonContent.Create(new Contracts.Sources.AddSourceRequest($"https://example.com/{Marker}")),
        ("PATCH", "/api/sources/{id}") => JsonContent.Create(new Contracts.Sources.UpdateSourceRequest(Depth: 3, Refetch: "")),
        ("PATCH", "/api/chunks/{id}") => JsonContent.Create(new Dictionary<string, string> { ["text"] = "stolen" }),
        ("POST", "/v1/responses") => JsonContent.Create(
            new Dictionary<string, string> { ["model"] = "extractive-1", ["input"] = "And then?", ["previous_response_id"] = Response }),
        ("POST", "/api/jobs") => JsonContent.Create(new Contracts.Batches.SubmitBatchRequest("batch", InputFileId: Batch.Input)),
        ("POST", "/v1/batches") => JsonContent.Create(new Dictionary<string, string>
        {
            ["input_file_id"] = Batch.Input,
            ["endpoint"] = "/v1/chat/completions",
            ["completion_window"] = "24h",
        }),
        ("POST", "/v1/files") => new MultipartFormDataContent { { new StringContent("batch"), "purpose" }, { new StringContent("planted"), "file", "planted.jsonl" } },
        ("POST", "/api/gateway/keys") => JsonContent.Create(new AddProviderKeyRequest("anthropic", "sk-0123456789")),
        ("PUT", "/api/budgets") => JsonContent.Create(new PutBudgetRequest("tenant", 5)),
        ("POST", "/api/jobs/retry") => JsonContent.Create(new RetryJobsRequest("dead")),
        ("POST", "/api/schedules") => JsonContent.Create(ScheduleOf("mine", Conversation)),
        ("PATCH", "/api/schedules/{id}") => JsonContent.Create(new UpdateScheduleRequest("stolen", Enabled: false)),
        ("PUT", "/api/gateway/prices") => JsonContent.Create(new PutPricesRequest([new("mine", "mine", "1", "2")])),
        ("POST", "/api/keys") => JsonContent.Create(new CreateKeyRequest("mine")),
        ("POST", "/api/auth/tenant") => JsonContent.Create(new SwitchTenantRequest(Account.TenantId)),
        ("POST", "/api/webhooks") => JsonContent.Create(new CreateWebhookRequest("http://127.0.0.1:1024/mine", Enabled: false)),
        ("PATCH", "/api/webhooks/{id}") => JsonContent.Create(new UpdateWebhookRequest(Description: "stolen", Enabled: true)),
        ("POST", "/api/webhooks/{id}/replay") => JsonContent.Create(new ReplayWebhookRequest(All: true)),
        // Without the marker, since a record of what the intruder searches for is the intruder's own.
        ("POST", "/api/quality/lab") => JsonContent.Create(new LabRequest("secret ingredient", [Collection])),
        ("POST", "/api/quality/runs") => JsonContent.Create(new StartEvaluationRequest(Collection.ToString())),
        ("POST", "/api/quality/questions/from") => JsonContent.Create(new GoldenQuestionFrom(Query, [1])),
        ("POST", "/api/quality/collections/{id}/questions") => JsonContent.Create(new GoldenQuestionBody("Planted?", [new(DocumentId: Document)])),
        ("PUT", "/api/quality/questions/{id}") => JsonContent.Create(new GoldenQuestionBody("Stolen?", [new(DocumentId: Document)])),
        ("PUT", "/api/quality/settings/{scope}/draft") => JsonContent.Create(new PutDraftRequest(new(Weight: 1), 0)),
        ("POST", "/api/quality/settings/{scope}/apply") => JsonContent.Create(new ApplySettingsRequest(1, Force: true)),
        ("PATCH", "/api/me") => JsonContent.Create(new UpdateProfileRequest("Eve")),
        ("POST" or "PATCH" or "PUT", _) => JsonContent.Create(new Dictionary<string, string>()),
        _ => null,
    };

    private static UiChatRequest ChatBody(string id, string text, string? after = null)
    {
        UiPart[] parts = [new("text", System.Text.Json.JsonSerializer.SerializeToElement(text))];
        return new(id, after is null ? [new("m1", "user", parts)] : [new(after, "assistant", parts), new("m1", "user", parts)]);
    }
}
