namespace AiSaas.Contracts.Gateway;

/// <summary>A row of the ledger: one call of a model, all attempts included.</summary>
/// <param name="Model">The name that the caller asked for.</param>
/// <param name="ProviderModel">Who answered, or was tried last.</param>
/// <param name="Status">succeeded, failed, canceled, or interrupted: the process died, and the figures are an estimate.</param>
/// <param name="Estimated">The tokens were counted here, since the provider gave none.</param>
/// <param name="Priced">False where no price is known; the cost is then 0.</param>
/// <param name="Cost">USD with nine places.</param>
/// <param name="Cache">miss, hit-exact or hit-semantic.</param>
public record CallSummary(
    Guid Id, DateTimeOffset At, Guid UserId, string? EndUser, Guid? KeyId, string Feature, string? Conversation, string Api, string Model,
    string? Provider, string? ProviderModel, string Status, int HttpStatus, string? Error, bool Streamed, long InputTokens, long CachedTokens,
    long CacheWriteTokens, long OutputTokens, long ReasoningTokens, bool Estimated, bool Priced, string Cost, string Saved, string Cache,
    int? FirstTokenMs, int DurationMs);

/// <summary>GET <c>/api/gateway/calls/{id}</c>.</summary>
/// <param name="PriceVersion">Of the table that the cost was reckoned by.</param>
public sealed record CallDetail(CallSummary Call, string? Kind, string PriceVersion, string? TraceId, IReadOnlyList<CallAttempt> Attempts);

/// <param name="Outcome">succeeded, failed or canceled.</param>
/// <param name="Error">The class of the failure, such as rate-limited, server-error, timeout.</param>
public sealed record CallAttempt(
    string Provider, string Model, string Outcome, string? Error = null, int? Status = null, double DurationMs = 0, double? FirstTokenMs = null);

/// <summary>GET <c>/api/gateway/prices</c>: the file, the settings and the workspace's own, merged.</summary>
public sealed record PriceList(string Version, string Notes, IReadOnlyList<PriceInfo> Models);

/// <param name="Origin">file, settings or workspace.</param>
public sealed record PriceInfo(string Origin, ModelPriceEntry Price);

/// <summary>USD for a million tokens, as decimal strings. What is left out costs like other input or output.</summary>
/// <param name="Provider">A provider's configured name, or a kind of provider.</param>
/// <param name="Model">Without the date that many providers append.</param>
/// <param name="Mode">chat or embedding.</param>
public sealed record ModelPriceEntry(
    string Provider, string Model, string? Input, string? Output = null, string? CachedRead = null, string? CacheWrite = null,
    string? CacheWrite1h = null, string? Reasoning = null, string? BatchInput = null, string? BatchOutput = null, string? BatchCachedRead = null,
    IReadOnlyList<ModelPriceTier>? Tiers = null, IReadOnlyList<string>? Aliases = null, string? Mode = null,
    long? ContextWindow = null, long? MaxOutput = null, string? Source = null);

/// <summary>For calls with more input than this.</summary>
public sealed record ModelPriceTier(
    long AboveInput, string? Input = null, string? Output = null, string? CachedRead = null, string? CacheWrite = null,
    string? CacheWrite1h = null, string? Reasoning = null);

/// <summary>PUT <c>/api/gateway/prices</c>: lays these over the table, for this workspace. Others stay as they are.</summary>
public sealed record PutPricesRequest(IReadOnlyList<ModelPriceEntry> Models);

/// <summary>GET <c>/api/gateway/limits</c>: what may go through the gateway each minute.</summary>
public sealed record GatewayLimits(IReadOnlyList<GatewayLimit> Limits);

/// <param name="Scope">tenant, key or user: each key, each user.</param>
/// <param name="Unit">requests or tokens.</param>
public sealed record GatewayLimit(string Scope, string Unit, int PerMinute);
