using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Documents;
using AiSaas.Contracts.Identity;

namespace AiSaas.Bench.Crash;

/// <summary>A workspace's program: calls any replica, takes no for an answer, and waits for nothing without end.</summary>
internal sealed class TenantCaller : IDisposable
{
    /// <summary>What no call may take, whatever is down.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    /// <summary>Whom a gateway's call is for; the ledger names it.</summary>
    public const string UserHeader = "x-aisaas-user";

    private readonly CrashStage _stage;
    private readonly Accepted _accepted;
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(3), UseCookies = false }) { Timeout = Timeout.InfiniteTimeSpan };
    private string? _key;

    private TenantCaller(int number, CrashStage stage, Accepted accepted) => (Number, _stage, _accepted) = (number, stage, accepted);

    public int Number { get; }

    public Guid Tenant { get; private set; }

    /// <summary>Where documents go during the run.</summary>
    public Guid Documents { get; private set; }

    /// <summary>Ingested before the faults begin, and left alone.</summary>
    public Guid Library { get; private set; }

    public static async Task<TenantCaller> RegisterAsync(int number, CrashStage stage, Accepted accepted, CancellationToken cancellation)
    {
        TenantCaller caller = new(number, stage, accepted);
        using HttpClient visitor = new() { BaseAddress = new($"http://127.0.0.1:{stage.Apis[0].Port}"), Timeout = TimeSpan.FromSeconds(60) };
        using var registered = await visitor.PostAsJsonAsync(
            "/api/auth/register", new RegisterRequest($"crash{number}@example.com", "a sentence nobody guesses", $"Crash {number}"),
            ContractsJson.Default.RegisterRequest, cancellation);
        registered.EnsureSuccessStatusCode();
        caller.Tenant = (await registered.Content.ReadFromJsonAsync(ContractsJson.Default.RegisterResponse, cancellation))!.TenantId;
        using var made = await visitor.PostAsJsonAsync(
            "/api/keys", new CreateKeyRequest("crash", BudgetUsd: 1_000_000), ContractsJson.Default.CreateKeyRequest, cancellation);
        made.EnsureSuccessStatusCode();
        caller._key = (await made.Content.ReadFromJsonAsync(ContractsJson.Default.CreatedKey, cancellation))!.Key;
        caller.Documents = await caller.CollectionAsync("Documents", cancellation);
        caller.Library = await caller.CollectionAsync("Library", cancellation);
        using var budget = await caller.SendAsync(
            HttpMethod.Put, "/api/budgets", JsonContent.Create(new { scope = "tenant", limitUsd = 1_000_000, period = "month" }), cancellation);
        string receiver = $"http://127.0.0.1:{stage.Provider.Port}/hook";
        if (await caller.CallAsync(HttpMethod.Post, "/api/webhooks", JsonContent.Create(new { url = receiver }), cancellation) is null)
        {
            throw new IOException($"The api takes no webhook before any fault: {string.Join(", ", accepted.Others.Keys)}.");
        }

        return caller;
    }

    /// <returns>The answer of any replica, whatever it says; null where there was none, or none in time.</returns>
    public async Task<HttpResponseMessage?> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp();
        using CancellationTokenSource patience = new(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            return await SendAsync(method, path, content, HttpCompletionOption.ResponseContentRead, either.Token);
        }
        catch (HttpRequestException broken)
        {
            _accepted.Other(broken.HttpRequestError == HttpRequestError.ConnectionError ? "no connection" : "cut off");
            return null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            _accepted.Hung.Enqueue($"{method} {path} ended at {TimeProvider.System.GetUtcNow():HH:mm:ss}");
            return null;
        }
        finally
        {
            _accepted.Took(path.Split('/')[2], TimeProvider.System.GetElapsedTime(started));
        }
    }

    /// <summary>For streams: the caller bounds them, and takes what is thrown.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, HttpCompletionOption completion, CancellationToken cancellation)
    {
        var api = _stage.Apis[Random.Shared.Next(_stage.Apis.Count)];
        using HttpRequestMessage request = new(method, $"http://127.0.0.1:{api.Port}{path}") { Content = content };
        if (content?.Headers.NonValidated.TryGetValues(UserHeader, out var user) is true)
        {
            request.Headers.Add(UserHeader, user.ToString());
            content.Headers.Remove(UserHeader);
        }

        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        return await _http.SendAsync(request, completion, cancellation);
    }

    /// <returns>The shape, where the answer was a yes; else it is counted.</returns>
    public async Task<JsonElement?> CallAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
    {
        using var response = await SendAsync(method, path, content, cancellation);
        if (response is null)
        {
            return null;
        }

        string text = await response.Content.ReadAsStringAsync(cancellation);
        if (response.IsSuccessStatusCode)
        {
            return text.Length == 0 ? default(JsonElement) : JsonElement.Parse(text);
        }

        _accepted.Other($"{(int)response.StatusCode} {Code(text)}");
        return null;
    }

    public void Dispose() => _http.Dispose();

    private async Task<Guid> CollectionAsync(string name, CancellationToken cancellation) =>
        (await CallAsync(HttpMethod.Post, "/api/collections", JsonContent.Create(new CreateCollectionRequest(name)), cancellation))?.GetProperty("id").GetGuid()
        ?? throw new IOException("The api takes no collection before any fault.");

    // Problem details, or an error of the gateway's wire format.
    private static string Code(string text)
    {
        try
        {
            var json = JsonElement.Parse(text);
            return json.TryGetProperty("code", out var code) ? code.ToString()
                : json.TryGetProperty("error", out var error) && error.TryGetProperty("code", out var inner) ? inner.ToString()
                : "without a code";
        }
        catch (JsonException)
        {
            return "no JSON";
        }
    }
}
