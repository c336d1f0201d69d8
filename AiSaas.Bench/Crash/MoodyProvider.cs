using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.Bench.Crash;

/// <summary>An OpenAI-compatible provider under two addresses: <c>/a</c> has moods, <c>/b</c> has none. It knows what it was asked.</summary>
/// <remarks>The answer to a question depends on the question's mark alone (<c>q-</c> and eight digits): it can be checked to the letter.
/// It lives in the process that judges, which nobody kills.</remarks>
internal sealed partial class MoodyProvider : IAsyncDisposable
{
    public const int InputTokens = 40;
    public const string Model = "mock-1";

    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);
    private static readonly string[] Words =
        ["the", "pump", "filter", "is", "cleaned", "with", "warm", "water", "every", "week", "before", "winter", "and", "refunds", "take", "five", "working", "days"];

    private readonly WebApplication _app;
    private readonly int _seed;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<SeenCall>> _seen = new();

    private readonly ConcurrentDictionary<string, int> _heard = new();

    private MoodyProvider(WebApplication app, int seed) => (_app, _seed) = (app, seed);

    public int Port => new Uri(_app.Urls.Single()).Port;

    /// <summary>While true most calls of <c>/a</c> go wrong.</summary>
    public bool IsStormy { get; set; }

    /// <summary>What was asked, by mark.</summary>
    public IReadOnlyDictionary<string, ConcurrentQueue<SeenCall>> Seen => _seen;

    /// <summary>The webhook messages that came to <c>/hook</c>, by id, and how often each.</summary>
    public IReadOnlyDictionary<string, int> Heard => _heard;

    public static async Task<MoodyProvider> StartAsync(int seed, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddLogging();
        MoodyProvider provider = new(builder.Build(), seed);
        provider._app.Run(provider.AnswerAsync);
        await provider._app.StartAsync(cancellation);
        return provider;
    }

    /// <summary>The whole answer to a mark.</summary>
    public static string AnswerTo(string mark) => string.Concat(DeltasOf(mark));

    public static int OutputTokens(string mark) => 20 + (Hash(mark, 0) % 40);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static IEnumerable<string> DeltasOf(string mark)
    {
        int length = OutputTokens(mark);
        return Enumerable.Range(0, length).Select(at => at == 0 ? $"About {mark}:" : $" {Words[Hash(mark, at) % Words.Length]}");
    }

    private async Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Path == "/hook")
        {
            _heard.AddOrUpdate(http.Request.Headers["webhook-id"].ToString(), 1, (_, times) => times + 1);
            return;
        }

        using StreamReader reader = new(http.Request.Body);
        string body = await reader.ReadToEndAsync(http.RequestAborted);
        bool isMoody = http.Request.Path.StartsWithSegments("/a", StringComparison.Ordinal);
        string mark = Mark().Matches(body) is [.., var last] ? last.Value : "";
        var calls = _seen.GetOrAdd(mark, _ => new());
        var mood = isMoody ? MoodOf(mark, calls.Count) : Mood.Good;
        SeenCall call = new(isMoody ? "a" : "b", mood);
        calls.Enqueue(call);
        try
        {
            await AnswerAsync(http, mark, mood, streams: body.Contains("\"stream\":true", StringComparison.Ordinal));
            call.IsWhole = mood == Mood.Good;
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            call.IsLeft = true;
        }
    }

    private static async Task AnswerAsync(HttpContext http, string mark, Mood mood, bool streams)
    {
        switch (mood)
        {
            case Mood.Fails:
                http.Response.StatusCode = 500;
                await http.Response.WriteAsync("""{"error":{"message":"internal","type":"server_error"}}""", http.RequestAborted);
                return;
            case Mood.IsBusy:
                http.Response.StatusCode = 429;
                http.Response.Headers.RetryAfter = "1";
                await http.Response.WriteAsync("""{"error":{"message":"slower","type":"rate_limit_error"}}""", http.RequestAborted);
                return;
            case Mood.Hangs:
                await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System, http.RequestAborted);
                http.Abort();
                return;
        }

        string[] deltas = [.. DeltasOf(mark)];
        if (!streams)
        {
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(Whole(string.Concat(deltas), deltas.Length), http.RequestAborted);
            return;
        }

        http.Response.ContentType = "text/event-stream";
        await WriteAsync(http, Chunk("""{"role":"assistant","content":""}""", "null"));
        int end = mood == Mood.BreaksOff ? deltas.Length / 2 : deltas.Length;
        foreach (string delta in deltas[..end])
        {
            await Task.Delay(Pace, TimeProvider.System, http.RequestAborted);
            await WriteAsync(http, Chunk($$"""{"content":{{JsonSerializer.Serialize(delta)}}}""", "null"));
        }

        if (mood == Mood.BreaksOff)
        {
            http.Abort();
            return;
        }

        await WriteAsync(http, Chunk("{}", "\"stop\""));
        await WriteAsync(http, $$$"""data: {"id":"c","object":"chat.completion.chunk","created":1790000000,"model":"{{{Model}}}","choices":[],"usage":{{{Usage(deltas.Length)}}}}""" + "\n\n");
        await WriteAsync(http, "data: [DONE]\n\n");
    }

    private Mood MoodOf(string mark, int before) => (Hash(mark + _seed.ToString(CultureInfo.InvariantCulture), 1000 + before) % 100, IsStormy) switch
    {
        ( < 35, true) or ( < 3, false) => Mood.Fails,
        ( < 50, true) or ( < 5, false) => Mood.IsBusy,
        ( < 65, true) or ( < 7, false) => Mood.Hangs,
        ( < 85, true) or ( < 12, false) => Mood.BreaksOff,
        _ => Mood.Good,
    };

    private static async Task WriteAsync(HttpContext http, string text)
    {
        await http.Response.WriteAsync(text, http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static string Chunk(string delta, string finish) =>
        $$"""data: {"id":"c","object":"chat.completion.chunk","created":1790000000,"model":"{{Model}}","choices":[{"index":0,"delta":{{delta}},"finish_reason":{{finish}}}]}""" + "\n\n";

    private static string Whole(string text, int tokens) => $$"""
        {"id":"c","object":"chat.completion","created":1790000000,"model":"{{Model}}","choices":[{"index":0,"message":{"role":"assistant","content":{{JsonSerializer.Serialize(text)}}},"finish_reason":"stop"}],"usage":{{Usage(tokens)}}}
        """;

    private static string Usage(int output) =>
        $$"""{"prompt_tokens":{{InputTokens}},"completion_tokens":{{output}},"total_tokens":{{InputTokens + output}}}""";

    // The runtime's own hash of strings differs from process to process.
    private static int Hash(string text, int salt)
    {
        uint hash = 2166136261u ^ (uint)salt;
        foreach (byte one in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ one) * 16777619u;
        }

        hash ^= hash >> 15;
        return (int)((hash * 2246822519u) >> 4);
    }

    [GeneratedRegex("q-[0-9]{8}")]
    private static partial Regex Mark();
}

internal enum Mood
{
    Good,
    Fails,
    IsBusy,
    Hangs,
    BreaksOff,
}

internal sealed class SeenCall(string provider, Mood mood)
{
    public string Provider => provider;

    public Mood Mood => mood;

    public DateTimeOffset At { get; } = TimeProvider.System.GetUtcNow();

    /// <summary>The answer went out to its last byte.</summary>
    public bool IsWhole { get; set; }

    /// <summary>The caller hung up.</summary>
    public bool IsLeft { get; set; }
}
