namespace AiSaas.Core.Gateway.Governor;

/// <summary>What the <c>x-ratelimit-*</c> headers say: the state of the tightest scope, key, user or workspace, after this call.</summary>
/// <param name="RequestLimit">Requests a minute; 0 where none are set, then the header is left out.</param>
/// <param name="RequestsLeft">What may be sent at once.</param>
/// <param name="RequestsReset">Until all of the limit may be sent at once again.</param>
/// <param name="TokenLimit">Tokens a minute; 0 where none are set.</param>
public readonly record struct LimitHeaders(
    int RequestLimit, int RequestsLeft, TimeSpan RequestsReset, int TokenLimit, int TokensLeft, TimeSpan TokensReset);
