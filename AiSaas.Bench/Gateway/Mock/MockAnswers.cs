using System.Globalization;
using System.Text;

namespace AiSaas.Bench.Gateway.Mock;

/// <summary>What the mock provider says, made once. Streams are in HTTP's chunks already, each event one, as a provider flushes them.</summary>
internal static class MockAnswers
{
    public const int StreamedTokens = 200;

    public const int InputTokens = 40;

    /// <summary>Of a whole answer.</summary>
    public const int OutputTokens = 25;

    public const int EmbeddedTokens = 8;

    private const string Model = "mock-1";

    public static byte[] Whole { get; } = Utf8($$$"""
        {"id":"chatcmpl-mock","object":"chat.completion","created":1790000000,"model":"{{{Model}}}","choices":[{"index":0,"message":{"role":"assistant","content":"Refunds are paid within fourteen days after the goods have come back, to the account that the order was paid from, unless both sides agreed on something else.","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":{{{InputTokens}}},"completion_tokens":{{{OutputTokens}}},"total_tokens":{{{InputTokens + OutputTokens}}},"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}},"system_fingerprint":"fp_mock"}
        """);

    public static byte[] Embedding { get; } = Utf8(
        $$$"""{"object":"list","model":"mock-embed","data":[{"object":"embedding","index":0,"embedding":[{{{string.Join(',', Enumerable.Range(0, 256).Select(Number))}}}]}],"usage":{"prompt_tokens":{{{EmbeddedTokens}}},"total_tokens":{{{EmbeddedTokens}}} } }""");

    public static byte[] Role { get; } = Chunk("""{"role":"assistant","content":"","refusal":null}""", "null");

    public static byte[][] Tokens { get; } =
        [.. Enumerable.Range(0, StreamedTokens).Select(index => Chunk($$$"""{"content":" token{{{index}}}"}""", "null"))];

    public static byte[] Finish { get; } = Chunk("{}", "\"stop\"");

    /// <summary>Only for those who asked for it.</summary>
    public static byte[] Usage { get; } = Framed(
        $$$"""data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1790000000,"model":"{{{Model}}}","system_fingerprint":"fp_mock","choices":[],"usage":{"prompt_tokens":{{{InputTokens}}},"completion_tokens":{{{StreamedTokens}}},"total_tokens":{{{InputTokens + StreamedTokens}}} } }""" + "\n\n");

    /// <summary>The end mark and the body's end.</summary>
    public static byte[] Done { get; } = [.. Framed("data: [DONE]\n\n"), .. "0\r\n\r\n"u8];

    public static byte[] Burst { get; } = [.. Role, .. Tokens.SelectMany(token => token), .. Finish, .. Done];

    public static byte[] BurstWithUsage { get; } = [.. Role, .. Tokens.SelectMany(token => token), .. Finish, .. Usage, .. Done];

    private static byte[] Chunk(string delta, string finish) => Framed(
        $$$"""data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1790000000,"model":"{{{Model}}}","system_fingerprint":"fp_mock","choices":[{"index":0,"delta":{{{delta}}},"logprobs":null,"finish_reason":{{{finish}}} }] }""" + "\n\n");

    private static byte[] Framed(string text) => Utf8($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Number(int index) => Math.Sin(index).ToString("F6", CultureInfo.InvariantCulture);
}
