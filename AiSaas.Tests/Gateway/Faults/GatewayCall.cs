using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace AiSaas.Tests.Gateway.Faults;

/// <summary>A call by plain HTTP and what came of it, errors in the middle of a stream too.</summary>
internal sealed record GatewayCall(int Status, string Body, IReadOnlyDictionary<string, string> Headers, IReadOnlyList<JsonElement> Events, bool IsDone)
{
    public Guid Id => Guid.Parse(Headers["x-request-id"]);

    public int Attempts => int.Parse(Headers["x-aisaas-attempts"], System.Globalization.CultureInfo.InvariantCulture);

    public string? Provider => Headers.GetValueOrDefault("x-aisaas-provider");

    /// <summary>The answer, whichever API and however it came.</summary>
    public string Text => string.Concat((Events.Count > 0 ? Events : [JsonDocument.Parse(Body).RootElement]).Select(TextOf));

    /// <summary>The error that a stream reported.</summary>
    public JsonElement? Error => Events.Where(one => one.TryGetProperty("error", out _)).Select(one => (JsonElement?)one.GetProperty("error")).SingleOrDefault();

    public static HttpRequestMessage Request(string api, string model, bool stream, object? more = null)
    {
        Dictionary<string, object?> body = new()
        {
            ["model"] = model,
            ["messages"] = new[] { new { role = "user", content = "How are things?" } },
            ["max_tokens"] = 50,
            ["stream"] = stream,
        };
        foreach (var property in JsonSerializer.SerializeToElement(more ?? new { }).EnumerateObject())
        {
            body[property.Name] = property.Value;
        }

        return new(HttpMethod.Post, api == "messages" ? "/v1/messages" : "/v1/chat/completions") { Content = JsonContent.Create(body) };
    }

    public static async Task<GatewayCall> SendAsync(HttpClient http, string api, string model, bool stream, CancellationToken cancellation)
    {
        using var request = Request(api, model, stream);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        string body = Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellation));
        var headers = response.Headers.Concat(response.Content.Headers).ToDictionary(
            header => header.Key.ToLowerInvariant(), header => string.Join(',', header.Value), StringComparer.Ordinal);
        string[] data = response.Content.Headers.ContentType?.MediaType == "text/event-stream"
            ? [.. body.Split('\n').Where(line => line.StartsWith("data: ", StringComparison.Ordinal)).Select(line => line[6..])]
            : [];
        return new(
            (int)response.StatusCode, body, headers, [.. data.Where(one => one != "[DONE]").Select(one => JsonDocument.Parse(one).RootElement)],
            data.LastOrDefault() is { } last && (last == "[DONE]" || last.Contains("\"message_stop\"", StringComparison.Ordinal)));
    }

    private static string? TextOf(JsonElement one)
    {
        if (one.TryGetProperty("choices", out var choices))
        {
            return choices.GetArrayLength() == 0 ? null
                : choices[0].TryGetProperty("delta", out var delta) ? Value(delta, "content") : Value(choices[0].GetProperty("message"), "content");
        }

        return one.TryGetProperty("delta", out var part) ? Value(part, "text")
            : one.TryGetProperty("content", out var content) ? string.Concat(content.EnumerateArray().Select(block => Value(block, "text"))) : null;
    }

    private static string? Value(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;
}
