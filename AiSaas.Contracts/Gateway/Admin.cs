namespace AiSaas.Contracts.Gateway;

/// <summary>GET <c>/api/gateway/providers</c>: who answers, how they do on the replica that was asked, and with which keys.</summary>
/// <param name="Name">As configured; <c>local</c> is built in.</param>
/// <param name="Kind">openai, anthropic, azure-openai, bedrock, google, openai-compatible or local.</param>
/// <param name="Address">Host and unusual port only.</param>
/// <param name="IsConfigured">False for a provider that is here only by the workspace's own key.</param>
/// <param name="Keys">The house's.</param>
/// <param name="OwnKeys">The workspace's; where there are any, its calls use these alone.</param>
/// <param name="Models">Those that were called lately.</param>
public sealed record GatewayProvider(
    string Name, string Kind, string Address, bool IsConfigured, IReadOnlyList<ProviderKeyState> Keys, IReadOnlyList<ProviderKeyState> OwnKeys,
    IReadOnlyList<TargetHealth> Models);

/// <summary>What is left is what the provider said with its last answer; missing where it said nothing.</summary>
/// <param name="Id">Masked.</param>
/// <param name="State">ready, cooling (limited) or disabled (refused).</param>
/// <param name="Reason">Why it is not ready.</param>
/// <param name="Until">When it comes back by itself.</param>
public sealed record ProviderKeyState(
    string Id, string State, string? Reason = null, DateTimeOffset? Until = null,
    long? RequestsLeft = null, long? RequestLimit = null, long? TokensLeft = null, long? TokenLimit = null);

/// <param name="State">closed, open, half-open or cooling (the provider asked for a pause).</param>
/// <param name="Until">When calls go there again.</param>
/// <param name="Reason">The last failure that counted: its kind and status, never its text.</param>
/// <param name="FirstTokenMs">Of recent streams.</param>
/// <param name="AnswerMs">Of recent answers in one piece.</param>
/// <param name="Calls">Within the breaker's window.</param>
public sealed record TargetHealth(
    string Model, string State, DateTimeOffset? Until, string? Reason, Latency? FirstTokenMs, Latency? AnswerMs, int Calls, int Failures);

/// <summary>Milliseconds.</summary>
public sealed record Latency(double P50, double P95);

/// <summary>POST <c>/api/gateway/keys</c>.</summary>
/// <param name="Provider">A configured provider's name, or openai, anthropic or google.</param>
/// <param name="Secret">Goes in and never comes out.</param>
public sealed record AddProviderKeyRequest(string Provider, string Secret, string? Label = null);

/// <summary>A key that the workspace has brought.</summary>
/// <param name="Hint">Its last letters.</param>
/// <param name="State">ready, cooling, disabled, or unused where its provider is configured no more.</param>
public sealed record OwnProviderKey(
    Guid Id, string Provider, string Label, string Hint, string State, string? Reason, DateTimeOffset? Until,
    Guid? CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? LastUsedAt);

/// <summary>GET <c>/api/gateway/routes</c>: what a model's name leads to.</summary>
/// <param name="Api">chat or embeddings.</param>
/// <param name="IsLogical">Configured under <c>Gateway:Models</c>; others follow from a provider's presence.</param>
public sealed record GatewayRoute(
    string Name, string Api, bool IsLogical, bool IsDefault, string Strategy, IReadOnlyList<RouteTarget> Targets,
    IReadOnlyList<string> OnContextTooLong, IReadOnlyList<string> OnContentRefused);

public sealed record RouteTarget(string Provider, string Kind, string Model, double Weight);

/// <summary>GET <c>/api/gateway/routes/{model}</c>: what a call would do now, on the replica that was asked.</summary>
/// <param name="Targets">In the order of trying. A strategy that draws lots may order the next call otherwise.</param>
public sealed record RouteExplanation(
    string Name, string Strategy, IReadOnlyList<ExplainedTarget> Targets, IReadOnlyList<ExplainedTarget> OnContextTooLong, IReadOnlyList<ExplainedTarget> OnContentRefused);

/// <param name="IsSkipped">A call would pass it over.</param>
/// <param name="Reason">Why.</param>
/// <param name="RetryInSeconds">When it is worth another try.</param>
/// <param name="Keys">house, own, or none where no key is needed.</param>
public sealed record ExplainedTarget(
    string Provider, string Kind, string Model, double Weight, bool IsSkipped, string? Reason, double? RetryInSeconds, string Keys);

/// <summary>GET <c>/api/gateway/live</c>, and each event of <c>/api/gateway/live/events</c>: the replica that was asked, all workspaces.</summary>
/// <param name="InFlight">Calls under way.</param>
/// <param name="RequestsPerSecond">Rates are means of the last seconds.</param>
/// <param name="Totals">Since the replica's start.</param>
/// <param name="Gauges">Other numbers, such as how many entries the journal holds.</param>
public sealed record GatewayLive(
    DateTimeOffset At, string Replica, long InFlight, double RequestsPerSecond, double TokensPerSecond, double ErrorsPerSecond, double CacheHitsPerSecond,
    LiveTotals Totals, IReadOnlyDictionary<string, long> Gauges);

public sealed record LiveTotals(long Requests, long Errors, long Refused, long CacheHits, long Tokens);
