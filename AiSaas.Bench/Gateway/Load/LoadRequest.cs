using System.Text;

namespace AiSaas.Bench.Gateway.Load;

/// <summary>A request as bytes, and how its answer is told from a broken one.</summary>
/// <param name="Bytes">Head and body.</param>
/// <param name="Events">How many events of a stream there must be, its end mark included; 0 for an answer that doesn't stream.</param>
internal sealed record LoadRequest(byte[] Bytes, int Events)
{
    // What clients get: role, tokens, finish, end mark. Nobody asked for the usage.
    private const int EventsOfStream = 1 + Mock.MockAnswers.StreamedTokens + 1 + 1;

    private const string Embedding = """{"model":"mock-embed","input":"When are refunds paid?"}""";

    public static LoadRequest Whole(Target target) => new(Post(target, "/v1/chat/completions", Chat("mock-1", "")), 0);

    public static LoadRequest Burst(Target target) => new(Post(target, "/v1/chat/completions", Chat("mock-1", ",\"stream\":true")), EventsOfStream);

    public static LoadRequest Paced(Target target) => new(Post(target, "/v1/chat/completions", Chat("mock-paced", ",\"stream\":true")), EventsOfStream);

    /// <summary>Each to be asked of the provider, though the same text always has the same vector.</summary>
    public static LoadRequest Embed(Target target) =>
        new(Post(target with { Headers = target.Headers + "x-aisaas-cache: off\r\n" }, "/v1/embeddings", Embedding), 0);

    /// <summary>From the second on, ours come from the cache.</summary>
    public static LoadRequest EmbedAgain(Target target) => new(Post(target, "/v1/embeddings", Embedding), 0);

    /// <returns>What is wrong with an answer; null for nothing.</returns>
    public string? Fault(ResponseReader answer)
    {
        if (answer.Status != 200)
        {
            return $"{answer.Status}: {Encoding.UTF8.GetString(answer.Body[..Math.Min(answer.Body.Length, 300)]).ReplaceLineEndings(" ")}";
        }

        if (Events == 0)
        {
            return answer.Body.IndexOf("\"usage\""u8) >= 0 ? null : "an answer without usage";
        }

        int events = answer.Body.Count("data: "u8);
        return events == Events && answer.Body.IndexOf("[DONE]"u8) >= 0 ? null : $"a stream of {events} events instead of {Events}";
    }

    private static string Chat(string model, string more) => $$"""
        {"model":"{{model}}","messages":[{"role":"system","content":"You answer questions about our terms of business, briefly and only from what the terms say."},{"role":"user","content":"When are refunds paid, and to which account?"}],"temperature":0.2,"max_tokens":256{{more}}}
        """;

    private static byte[] Post(Target target, string path, string body) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{target.Port}\r\nContent-Type: application/json\r\nAccept: */*\r\nUser-Agent: bench\r\n"
        + $"{target.Headers}Content-Length: {body.Length}\r\n\r\n{body}");
}
