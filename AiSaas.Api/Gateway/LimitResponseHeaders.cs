using System.Globalization;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Llm.Wire;

namespace AiSaas.Api.Gateway;

/// <summary>The state of limits in the headers that clients of each API look for.</summary>
internal static class LimitResponseHeaders
{
    public static void Set(IHeaderDictionary headers, WireApi api, in LimitHeaders limits)
    {
        if (limits.RequestLimit > 0)
        {
            headers["x-ratelimit-limit-requests"] = Number(limits.RequestLimit);
            headers["x-ratelimit-remaining-requests"] = Number(limits.RequestsLeft);
            headers["x-ratelimit-reset-requests"] = Seconds(limits.RequestsReset);
        }

        if (limits.TokenLimit > 0)
        {
            headers["x-ratelimit-limit-tokens"] = Number(limits.TokenLimit);
            headers["x-ratelimit-remaining-tokens"] = Number(limits.TokensLeft);
            headers["x-ratelimit-reset-tokens"] = Seconds(limits.TokensReset);
        }

        if (api == WireApi.Messages && limits.RequestLimit > 0)
        {
            headers["anthropic-ratelimit-requests-limit"] = Number(limits.RequestLimit);
            headers["anthropic-ratelimit-requests-remaining"] = Number(limits.RequestsLeft);
        }
    }

    // As OpenAI writes durations: 1s, 6m0s would do too.
    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, time.TotalSeconds):0.###}s");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
