using System.Globalization;
using System.Net.Http.Headers;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire.Errors;

namespace AiSaas.Llm.Forwarding;

/// <summary>What a provider said when it refused, for a client that speaks its API.</summary>
/// <param name="Failure">What it means.</param>
/// <param name="Status">HTTP.</param>
/// <param name="Body">Empty where it can't be passed on.</param>
internal sealed record UpstreamRefusal(ModelFailure Failure, int Status, ReadOnlyMemory<byte> Body)
{
    /// <summary>More of an error body than this tells nobody anything.</summary>
    private const int LargestError = 64 * 1024;

    public static async Task<UpstreamRefusal> ReadAsync(
        HttpResponseMessage response, ProviderKey key, TimeProvider clock, CancellationToken cancellation)
    {
        byte[] body = await BodyReader.ReadStartAsync(
            await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false), LargestError, cancellation).ConfigureAwait(false);
        int status = (int)response.StatusCode;
        var error = WireErrors.ReadError(body);
        var failure = ModelFailure.FromStatus(status, error.Code is null ? error.Message : $"{error.Message} ({error.Code})", RetryAfter(response.Headers, clock));

        // Some servers repeat the key in their words.
        string secret = key.Secret;
        if (secret.Length > 0 && failure.Message.Contains(secret, StringComparison.Ordinal))
        {
            failure = failure with { Message = failure.Message.Replace(secret, "[key]", StringComparison.Ordinal) };
            body = [];
        }

        return new(failure, status, body);
    }

    private static TimeSpan? RetryAfter(HttpResponseHeaders headers, TimeProvider clock)
    {
        if (headers.NonValidated.TryGetValues("retry-after-ms", out var exact)
            && double.TryParse(exact.ToString(), CultureInfo.InvariantCulture, out double milliseconds) && milliseconds is >= 0 and < 86_400_000)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        var pause = headers.RetryAfter is { } after ? after.Delta ?? after.Date - clock.GetUtcNow() : null;
        return pause is { } time ? time > TimeSpan.Zero ? time : TimeSpan.Zero : null;
    }
}
