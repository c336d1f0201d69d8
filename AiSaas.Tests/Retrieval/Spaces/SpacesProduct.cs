using System.Net.Http.Json;
using AiSaas.Api.Identity;
using AiSaas.Contracts;
using AiSaas.Contracts.Retrieval;
using AiSaas.Ingestion.Worker;
using AiSaas.Tests.Infrastructure;
using AiSaas.Tests.Llm.Providers;

namespace AiSaas.Tests.Retrieval.Spaces;

/// <summary>The api and a worker over a provider whose vectors are counts of words: the embedding models <c>one</c> (64 dimensions) and
/// <c>two</c> (96), a reranker and a chat model. A million tokens cost a dollar.</summary>
public sealed class SpacesProduct(PostgresServer postgres) : IAsyncLifetime
{
    private JsonProvider? _provider;
    private ServiceHost<CurrentUser>? _api;
    private ServiceHost<WorkerOptions>? _worker;

    public Stack Stack { get; } = new(postgres);

    internal JsonProvider Provider => _provider!;

    public IServiceProvider Services => _api!.Services;

    public Uri Api => _api!.Address;

    /// <summary>Dimensions by model: what a provider may change under the same name.</summary>
    public Dictionary<string, int> Sizes { get; } = new() { ["one"] = 64, ["two"] = 96 };

    /// <summary>Documents of this model wait here; null lets them pass. Questions always pass.</summary>
    public (string Model, TaskCompletionSource Gate)? Held { get; set; }

    /// <summary>What the chat model says.</summary>
    public string Rewritten { get; set; } = "Which lamp burns in winter?";

    public TimeSpan ChatLatency { get; set; }

    /// <summary>The status of the reranker's answers.</summary>
    public int RerankStatus { get; set; } = 200;

    public (string Key, string? Value)[] Settings =>
    [
        ("Identity:AttemptsPerMinute", "100000"), ("Gateway:Limits:TenantRequestsPerMinute", "1000000"),
        ("Gateway:Limits:TenantTokensPerMinute", "1000000000"),
        ("Gateway:Ledger:JournalFolder", Path.Combine(Stack.RedisServer.State, "journal")),
        ("Gateway:Providers:vectors:Kind", "voyage"), ("Gateway:Providers:vectors:BaseUrl", Provider.Address), ("Gateway:Providers:vectors:ApiKeys:0", "key"),
        ("Gateway:Embeddings:one:Provider", "vectors"), ("Gateway:Embeddings:one:Model", "one"),
        ("Gateway:Embeddings:two:Provider", "vectors"), ("Gateway:Embeddings:two:Model", "two"),
        ("Gateway:DefaultEmbeddingModel", "one"),
        ("Gateway:Prices:vectors:one:Input", "1"), ("Gateway:Prices:vectors:one:Mode", "embedding"),
        ("Gateway:Prices:vectors:two:Input", "1"), ("Gateway:Prices:vectors:two:Mode", "embedding"),
        ("Gateway:Prices:vectors:ranker:Input", "1"), ("Gateway:Prices:vectors:ranker:Mode", "rerank"),
        ("Gateway:Providers:talk:Kind", "openai-compatible"), ("Gateway:Providers:talk:BaseUrl", Provider.Address),
        ("Gateway:Models:writer:Targets:0:Provider", "talk"), ("Gateway:Models:writer:Targets:0:Model", "writer"),
        ("Retrieval:Spaces:CheckSeconds", "0.3"), ("Retrieval:Spaces:PassagesPerPart", "4"), ("Retrieval:Spaces:Batch", "2"),
    ];

    public Task<Account> RegisterAsync() => Account.RegisterAsync(_api!.Address);

    /// <summary>Starts a worker in this process, if none runs.</summary>
    public void Work(params ReadOnlySpan<(string Key, string? Value)> more) =>
        _worker ??= new(Stack.Settings([("Worker:Queues", "ingest,maintenance,chat"), .. Settings, .. more]));

    public async Task RestAsync()
    {
        if (_worker is not null)
        {
            await _worker.DisposeAsync();
            _worker = null;
        }
    }

    public IServiceProvider WorkerServices => _worker!.Services;

    public async ValueTask InitializeAsync()
    {
        _provider = await JsonProvider.StartAsync(AnswerAsync);
        await Stack.InitializeAsync();
        _api = new(Stack.Settings([.. Settings, ("Retrieval:Rerank:Provider", "vectors"), ("Retrieval:Rerank:Model", "ranker"), ("Retrieval:Rerank:DeadlineSeconds", "20"), ("Retrieval:Planning:DeadlineSeconds", "4")]));
    }

    public async ValueTask DisposeAsync()
    {
        Held?.Gate.TrySetResult();
        await RestAsync();
        await Provider.DisposeAsync();
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        await Stack.DisposeAsync();
    }

    public static async Task<EmbeddingSpacesInfo> SpacesAsync(Account account) =>
        (await account.Http.GetFromJsonAsync("/api/embedding-spaces", ContractsJson.Default.EmbeddingSpacesInfo))!;

    public static Task<EmbeddingSpacesInfo> SpacesAsync(Account account, Func<EmbeddingSpacesInfo, bool> until, string what) => Eventually.GetAsync(
        async () => await SpacesAsync(account) is var spaces && until(spaces) ? spaces : null, what, TimeSpan.FromSeconds(60));

    public static async Task<SearchResponse> SearchAsync(Account account, string query)
    {
        using var response = await account.Http.PostAsJsonAsync("/api/search", new SearchRequest(query));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync(ContractsJson.Default.SearchResponse))!;
    }

    public static async Task PostAsync(Account account, string route, object? body = null)
    {
        using var response = await account.Http.PostAsJsonAsync(route, body ?? new Dictionary<string, string>());
        Assert.True(response.IsSuccessStatusCode, $"{route}: {await response.Content.ReadAsStringAsync()}");
    }

    private async Task<(int, object)> AnswerAsync(JsonCall call, CancellationToken hangUp)
    {
        if (call.Path == "/rerank")
        {
            var documents = call.Texts("documents");
            // The longest first: an order that neither words nor vectors give.
            return (RerankStatus, new { data = documents.Select((text, index) => new { index, relevance_score = text.Length / 10_000.0 }), usage = new { total_tokens = 1_000 } });
        }

        if (call.Path == "/chat/completions")
        {
            await Task.Delay(ChatLatency, TimeProvider.System, hangUp);
            return (200, new
            {
                id = "1",
                @object = "chat.completion",
                created = 1,
                model = "writer",
                choices = new[] { new { index = 0, finish_reason = "stop", message = new { role = "assistant", content = Rewritten } } },
                usage = new { prompt_tokens = 10, completion_tokens = 5, total_tokens = 15 },
            });
        }

        string model = call.Text("model")!;
        if (Held is { } held && held.Model == model && call.Text("input_type") == "document" && !call.Texts("input")[0].StartsWith("How long does a refund", StringComparison.Ordinal))
        {
            await held.Gate.Task.WaitAsync(hangUp);
        }

        return (200, new
        {
            data = call.Texts("input").Select((text, index) => new { index, embedding = Count(text, Sizes[model]) }),
            usage = new { total_tokens = 1_000 },
        });
    }

    private static float[] Count(string text, int size)
    {
        float[] vector = new float[size];
        vector[0] = 0.1f;
        foreach (string word in text.ToLowerInvariant().Split([' ', '\n', '.', '?', ',', '#'], StringSplitOptions.RemoveEmptyEntries))
        {
            int hash = 7;
            foreach (char letter in word)
            {
                hash = ((hash * 31) + letter) & 0xFFFFFF;
            }

            vector[1 + (hash % (size - 1))] += 1;
        }

        return vector;
    }
}
