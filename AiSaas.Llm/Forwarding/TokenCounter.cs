using System.Buffers;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Forwarding;

/// <summary>Answers Anthropic's <c>/v1/messages/count_tokens</c>: asks a target that can, else estimates.</summary>
public sealed partial class TokenCounter(IOptions<GatewayOptions> options, TimeProvider clock, ILogger<TokenCounter> logger)
{
    /// <summary>Longer than this nobody waits for a number that can be estimated.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <returns>200, or the status with which a provider refused the request itself; and the body in Anthropic's shape.</returns>
    /// <exception cref="WireException">The request is no JSON object.</exception>
    public async Task<(int Status, ReadOnlyMemory<byte> Body)> CountAsync(
        ReadOnlyMemory<byte> request, RequestEnvelope envelope, Route route, IReadOnlyDictionary<string, KeyPool>? ownKeys,
        IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(route);
        ArgumentNullException.ThrowIfNull(envelope);
        if (route.Targets.FirstOrDefault(target => target.Endpoint?.Speaks(WireApi.Messages) is true) is { } target
            && (ownKeys?.GetValueOrDefault(target.Provider) ?? target.Endpoint!.Keys).Choose() is { } key
            && await AskAsync(request, envelope, target, key, headers, cancellation).ConfigureAwait(false) is { } counted)
        {
            return counted;
        }

        ArrayBufferWriter<byte> estimate = new();
        TokenCount.Write(request, estimate);
        return (200, estimate.WrittenMemory);
    }

    private async Task<(int Status, ReadOnlyMemory<byte> Body)?> AskAsync(
        ReadOnlyMemory<byte> request, RequestEnvelope envelope, RouteTarget target, ProviderKey key,
        IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancellation)
    {
        var patience = TimeSpan.FromSeconds(options.Value.Deadlines.AnswerSeconds) is var answer && answer < Patience ? answer : Patience;
        using CancellationTokenSource deadline = new(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            using var message = target.Endpoint!.NewRequest(WireApi.Messages, target.Model);
            UriBuilder address = new(message.RequestUri!);
            address.Path += "/count_tokens";
            message.RequestUri = address.Uri;
            EditedBody body = new(request);
            body.Replace(envelope.ModelValue, target.ModelJson);
            message.Content = body;
            foreach (var (name, value) in headers)
            {
                message.Headers.TryAddWithoutValidation(name, value);
            }

            target.Endpoint.Authorize(message, key);
            using var response = await target.Endpoint.Http.SendAsync(message, either.Token).ConfigureAwait(false);
            byte[] counted = await BodyReader.ReadStartAsync(
                await response.Content.ReadAsStreamAsync(either.Token).ConfigureAwait(false), 64 * 1024, either.Token).ConfigureAwait(false);
            int status = (int)response.StatusCode;

            // A request at fault is told so; a provider in trouble, or one without this endpoint, leaves it to the estimate.
            return status is 200 or 400 or 413 ? (status, counted) : null;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested && failure is HttpRequestException or IOException or OperationCanceledException)
        {
            Log.Estimated(logger, target.Provider, failure.Message);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Tokens are estimated: {Provider} did not count them: {Reason}")]
        public static partial void Estimated(ILogger logger, string provider, string reason);
    }
}
