using System.Diagnostics;
using System.Runtime.ExceptionServices;
using AiSaas.Core.Gateway.Cache;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Core.Gateway.Live;
using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;

namespace AiSaas.Core.Gateway;

/// <summary>Answers a client's request: checks it, asks limits and budgets, forwards it, files what it cost.</summary>
/// <remarks>Every way out goes through the sink: an answer, or an error in the shape of the client's API. Only the caller's cancellation throws,
/// and what its own sink threw.</remarks>
public sealed class GatewayEngine
{
    private readonly RouteTable _routes;
    private readonly CallGovernor _governor;
    private readonly Forwarder _forwarder;
    private readonly TenantProviderKeys _ownKeys;
    private readonly ResponseCache _cache;
    private readonly LiveCounters _live;
    private readonly TokenCounter _counter;
    private readonly TimeProvider _clock;

    internal GatewayEngine(
        RouteTable routes, CallGovernor governor, Forwarder forwarder, TenantProviderKeys ownKeys, ResponseCache cache, LiveCounters live,
        TokenCounter counter, TimeProvider clock) =>
        (_routes, _governor, _forwarder, _ownKeys, _cache, _live, _counter, _clock) = (routes, governor, forwarder, ownKeys, cache, live, counter, clock);

    public async Task HandleAsync(GatewayRequest request, IAnswerSink sink, CancellationToken cancellation)
    {
        if (await AdmitAsync(request, sink, countsTokens: false, cancellation) is { } call)
        {
            await AnswerAsync(call, cancellation);
        }
    }

    /// <summary>How many tokens a request of Anthropic's API comes to: as the provider counts, where it can be asked; else our estimate.</summary>
    /// <remarks>Providers don't bill it, so it takes from the limits of requests and from no budget.</remarks>
    public async Task CountTokensAsync(GatewayRequest request, IAnswerSink sink, CancellationToken cancellation)
    {
        if (await AdmitAsync(request, sink, countsTokens: true, cancellation) is not { } call)
        {
            return;
        }

        try
        {
            var (status, body) = await _counter.CountAsync(request.Body, call.Envelope, call.Route, call.OwnKeys, request.Headers, cancellation);
            var output = sink.Begin(call.Head(status, isStreamed: false, target: null, attempts: 0) with { Length = body.Length });
            await output.WriteAsync(body, cancellation);
        }
        finally
        {
            call.Release();
        }
    }

    // Null where the client has been refused.
    private async ValueTask<AdmittedCall?> AdmitAsync(GatewayRequest request, IAnswerSink sink, bool countsTokens, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(sink);
        RequestEnvelope envelope;
        try
        {
            envelope = RequestEnvelope.Read(request.Body.Span);
        }
        catch (WireException fault)
        {
            return await RefuseAsync(GatewayError.Invalid(fault), default);
        }

        var caller = request.Caller;
        if (!IsAllowed(caller, envelope.Model))
        {
            return await RefuseAsync(GatewayError.NotAllowed(envelope.Model), default);
        }

        var keys = await _ownKeys.OfAsync(caller.Tenant, cancellation);
        var route = request.Api == WireApi.Embeddings ? _routes.FindEmbeddings(envelope.Model, keys) : _routes.FindChat(envelope.Model, keys);
        if (route is null)
        {
            return await RefuseAsync(GatewayError.NoModel(envelope.Model), default);
        }

        var intent = countsTokens
            ? new CallIntent(request.Id, caller, request.Api, envelope.Model, [], InputTokens: 0, MaxOutputTokens: 0, Answers: 1, IsStreamed: false)
            : new CallIntent(
                request.Id, caller, request.Api, envelope.Model, route.Calls(),
                TokenCount.Estimate(request.Body.Span), envelope.MaxOutputTokens, envelope.Answers, envelope.IsStreamed);
        switch (await _governor.AdmitAsync(intent, cancellation))
        {
            case CallAdmission.Admitted(var ticket):
                return new(request, envelope, route, ticket, keys, sink) { Cache = countsTokens ? null : _cache.Plan(request, envelope) };
            case CallAdmission.Refused refused:
                _live.Refused();
                return await RefuseAsync(GatewayError.Of(refused), refused.Limits);
            default:
                throw new UnreachableException();
        }

        async ValueTask<AdmittedCall?> RefuseAsync(GatewayError error, LimitHeaders limits)
        {
            await error.SendAsync(request.Api, request.Id, sink, limits, cancellation);
            return null;
        }
    }

    private async Task AnswerAsync(AdmittedCall call, CancellationToken cancellation)
    {
        long startedAt = _clock.GetTimestamp();
        _live.Began();
        CallOutcome outcome = new(CallStatus.Failed) { HttpStatus = 500 };
        try
        {
            if (call.Cache is { } plan && await _cache.FindAsync(plan, cancellation) is { } hit)
            {
                outcome = Again(hit, _clock.GetElapsedTime(startedAt));
                await GiveAgainAsync(call, hit, call.Settle(outcome), cancellation);
                return;
            }

            using var result = await _forwarder.ForwardAsync(call.Forward(), cancellation);
            var error = result.Failure is { } failure ? GatewayError.Of(failure) : null;
            outcome = new(result.IsCanceled ? CallStatus.Canceled : error is null ? CallStatus.Succeeded : CallStatus.Failed)
            {
                Target = result.Target is { } target ? target.Call() : null,
                HttpStatus = result.IsCanceled ? 499 : result.HasBegun ? 200 : result.Refusal?.Status ?? error?.Status ?? 200,
                Error = result.Failure?.Class,
                Usage = result.Usage,
                Attempts = result.Log.Attempts,
                FirstToken = result.FirstToken,
                Duration = _clock.GetElapsedTime(startedAt),
            };
            long cost = call.Settle(outcome);
            if (result.SinkFault is { } fault)
            {
                ExceptionDispatchInfo.Throw(fault);
            }

            if (result.HasBegun)
            {
                call.Sink.Ended(cost);
            }
            else if (!result.IsCanceled)
            {
                await WriteAsync(call, result, error, cost, cancellation);
            }

            await KeepAsync(call, result, cancellation);
        }
        finally
        {
            // A fault of ours is filed as well; settled already, this changes nothing.
            call.Settle(outcome);
            _live.Ended(outcome);
        }
    }

    private static CallOutcome Again(CacheHit hit, TimeSpan duration) => new(CallStatus.Succeeded)
    {
        Target = hit.Answer.Origin.Target,
        Usage = hit.Answer.Origin.Usage,
        Cache = hit.How,
        Duration = duration,
    };

    private static async Task GiveAgainAsync(AdmittedCall call, CacheHit hit, long cost, CancellationToken cancellation)
    {
        bool isStreamed = call.Envelope.IsStreamed;
        var output = call.Sink.Begin(call.Head(200, isStreamed, target: null, attempts: 0) with
        {
            Provider = hit.Answer.Origin.Provider,
            Model = hit.Answer.Origin.Model,
            Cache = hit.How,
            CostNanos = cost,
            Usage = isStreamed ? null : hit.Answer.Origin.Usage,
            Length = isStreamed ? null : hit.Answer.Body.Length,
        });
        await output.WriteAsync(hit.Answer.Body, cancellation);
        if (isStreamed)
        {
            call.Sink.Ended(cost);
        }
    }

    private async Task KeepAsync(AdmittedCall call, ForwardResult result, CancellationToken cancellation)
    {
        if (call.Cache is { } plan && result is { Failure: null, IsCanceled: false, Target: { IsLocal: false } target, Usage: { } usage }
            && (result.HasBegun ? call.Capture?.Captured : result.Body) is { } body)
        {
            await _cache.KeepAsync(plan, new(new(target.Provider, target.Kind, target.Model, usage), body), cancellation);
        }
    }

    private static async Task WriteAsync(AdmittedCall call, ForwardResult result, GatewayError? error, long cost, CancellationToken cancellation)
    {
        ReadOnlyMemory<byte> body = result.Body;
        int status = 200;
        if (error is not null)
        {
            bool ownWords = result.Refusal is not null && result.Failure!.Class is ModelErrorClass.BadRequest or ModelErrorClass.ContextTooLong or ModelErrorClass.ContentRefused
                && result.Target!.Endpoint!.Speaks(call.Request.Api);
            (status, body) = ownWords ? result.Refusal!.Value : (error.Status, error.Body(call.Request.Api, call.Request.Id));
        }

        var output = call.Sink.Begin(call.Head(status, isStreamed: false, result.Target, result.Log.Count) with
        {
            CostNanos = cost,
            Usage = result.Usage,
            Length = body.Length,
            RetryAfter = error?.RetryAfter,
        });
        await output.WriteAsync(body, cancellation);
    }

    private static bool IsAllowed(GatewayCaller caller, string model) =>
        caller.AllowedModels is not { Count: > 0 } allowed || allowed.Contains(model, StringComparer.OrdinalIgnoreCase);
}
