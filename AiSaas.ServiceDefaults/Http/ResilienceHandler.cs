using System.Net.Http.Json;
using Polly.CircuitBreaker;
using Polly.Timeout;

namespace AiSaas.ServiceDefaults.Http;

/// <summary>Sends a request through the pipeline of its client and host.</summary>
/// <remarks>What the pipeline itself refuses leaves as <see cref="HttpRequestException"/>, so that callers have one thing to catch.</remarks>
internal sealed class ResilienceHandler(HttpPipelines pipelines, string client) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (pipelines.For(client, request, MayRepeat(request)) is not { } pipeline)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        try
        {
            return await pipeline.ExecuteAsync(
                static async (state, token) => await state.Handler.SendOnceAsync(state.Request, token),
                (Handler: this, Request: request),
                cancellationToken);
        }
        catch (TimeoutRejectedException late)
        {
            throw new HttpRequestException($"{Target(request)} did not answer within {late.Timeout.TotalSeconds:0.###} s.", late);
        }
        catch (BrokenCircuitException open)
        {
            throw new HttpRequestException($"{Target(request)} failed too often and is left alone for a moment.", open);
        }
    }

    /// <summary>Whether a second try has the effect of one, and its body can be sent twice.</summary>
    internal static bool MayRepeat(HttpRequestMessage request) =>
        (request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
            || request.Method == HttpMethod.Trace || request.Method == HttpMethod.Put || request.Method == HttpMethod.Delete)
        && request.Content is null or ByteArrayContent or ReadOnlyMemoryContent or JsonContent;

    private Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellation) =>
        base.SendAsync(request, cancellation);

    private static string Target(HttpRequestMessage request) => request.RequestUri?.GetLeftPart(UriPartial.Authority) ?? "The server";
}
