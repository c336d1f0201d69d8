using AiSaas.Tests.Llm.Simulator;

namespace AiSaas.Tests.Gateway.Faults;

/// <summary>Ways for a provider to go wrong, by name.</summary>
internal static class Fault
{
    /// <summary>Nobody listens there.</summary>
    public const string Refused = "refused-port";

    private const string Error = """{"error":{"message":"The engine is on fire.","type":"server_error","param":null,"code":"on_fire"}}""";

    /// <summary>Before the client got anything: another provider can still answer.</summary>
    public static readonly (string Name, Script Script)[] BeforeFirstByte =
    [
        ("401", Script.Fails(401, "invalid_api_key")),
        ("402", Script.Fails(402, "billing_not_active")),
        ("403", Script.Fails(403, "forbidden")),
        ("429", Script.Fails(429, "rate_limit_exceeded", retryAfter: 5)),
        ("500", Script.Fails(500)),
        ("503", Script.Fails(503, "overloaded", retryAfter: 5)),
        ("html-502", new Script { Status = 502, RawBody = "<html><h1>Bad gateway</h1></html>" }),
        (Refused, new Script()),
        ("black-hole", Script.BlackHole),
        ("malformed", new Script { RawBody = """{"id":"chatcmpl-1","choices":[{"index":0,""" }),
        ("not-json", new Script { RawBody = "<html>Welcome to the hotel's network</html>" }),
        ("error-with-200", new Script { RawBody = Error }),
        ("empty", new Script { RawBody = "" }),
    ];

    /// <summary>The same for streams only.</summary>
    public static readonly (string Name, Script Script)[] BeforeFirstToken =
    [
        ("late-first-token", new Script { FirstFrameLatency = TimeSpan.FromSeconds(30) }),
        ("error-first", new Script { ErrorAfterFrames = 0, ErrorMessage = "The engine is on fire." }),
        ("dies-first", new Script { DieAfterFrames = 1 }),
        ("ends-first", new Script { EndAfterFrames = 1 }),
    ];

    /// <summary>After the client got some of the answer: it must learn that the rest won't come.</summary>
    public static readonly (string Name, Script Script)[] Midway =
    [
        ("stalls-midway", new Script { StallAfterFrames = 4 }),
        ("dies-midway", new Script { DieAfterFrames = 4 }),
        ("ends-midway", new Script { EndAfterFrames = 4 }),
        ("error-midway", new Script { ErrorAfterFrames = 4, ErrorMessage = "The engine is on fire." }),
    ];

    private static readonly string[] Pieces = [.. Enumerable.Range(0, 64).Select(index => new string((char)('a' + (index % 26)), 16 * 1024))];

    /// <summary>Odd, but right.</summary>
    public static readonly (string Name, Script Script)[] Odd =
    [
        ("without-usage", new Script { WithoutUsage = true }),
        ("byte-by-byte", Script.Answer("Grüße", " 👩‍👩‍👧", " aus", " 東京", " €1.000") with { ByteByByte = true }),
        ("keep-alives", new Script { KeepAlives = 3 }),
        ("huge-arguments", new Script { Tool = ("write", ["{\"text\":\"", .. Pieces, "\"}"]) }),
        ("slow", new Script { Tokens = [.. Enumerable.Range(0, 400).Select(index => $"word{index} ")], Pace = TimeSpan.FromMilliseconds(50) }),
        ("slow-start", new Script { Latency = TimeSpan.FromSeconds(20) }),
        ("bad-request", Script.Fails(400, "unsupported_value", "temperature is out of range")),
        ("too-long", Script.Fails(400, "context_length_exceeded", "This model's maximum context length is 8192 tokens.")),
    ];

    public static IEnumerable<(string Name, Script Script)> All => [.. BeforeFirstByte, .. BeforeFirstToken, .. Midway, .. Odd];

    public static int HugeLength => Pieces.Sum(piece => piece.Length);
}
