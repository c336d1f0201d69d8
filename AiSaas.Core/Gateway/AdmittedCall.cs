using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using AiSaas.Core.Gateway.Cache;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Routing;

namespace AiSaas.Core.Gateway;

/// <summary>A call that may be made: joins what the client sent, where it goes, and who pays.</summary>
internal sealed class AdmittedCall(
    GatewayRequest request, RequestEnvelope envelope, Route route, CallTicket ticket,
    IReadOnlyDictionary<string, KeyPool>? ownKeys, IAnswerSink sink) : IStreamSink
{
    private long? _cost;

    public GatewayRequest Request => request;

    public RequestEnvelope Envelope => envelope;

    public Route Route => route;

    public IReadOnlyDictionary<string, KeyPool>? OwnKeys => ownKeys;

    public IAnswerSink Sink => sink;

    public ForwardCall Forward() => new(request.Api, request.Body, envelope, route, this)
    {
        OwnKeys = ownKeys,
        InputEstimate = ticket.Intent.InputTokens,
        OutputTokenBound = ticket.OutputTokenBound,
        Headers = request.Headers,
        Sending = target => ticket.Sending(target.Call()),
    };

    /// <summary>Files the call, once.</summary>
    /// <returns>Its cost in billionths of a dollar.</returns>
    public long Settle(CallOutcome outcome) => _cost ??= ticket.Settle(outcome);

    /// <summary>Nothing was made of it that anybody bills.</summary>
    public void Release() => ticket.Release();

    public AnswerHead Head(int status, bool isStreamed, RouteTarget? target, int attempts) => new(request.Id, status, isStreamed)
    {
        Provider = target?.Provider,
        Model = target?.Model,
        Attempts = attempts,
        Limits = ticket.Limits,
    };

    /// <summary>Whether and how the answer may come from a cache, or be kept in it; null for neither.</summary>
    public CachePlan? Cache { get; init; }

    /// <summary>What was streamed, if it is to be kept.</summary>
    public CapturingPipe? Capture { get; private set; }

    PipeWriter IStreamSink.Begin(RouteTarget target, int attempts)
    {
        var output = sink.Begin(Head(200, isStreamed: true, target, attempts));
        return Cache is null ? output : Capture = new(output);
    }
}

/// <summary>A route's targets in the ledger's terms, made once a route.</summary>
internal static class CallTargets
{
    private static readonly ConditionalWeakTable<RouteTarget, CallTarget> Targets = [];
    private static readonly ConditionalWeakTable<Route, CallTarget[]> Routes = [];

    public static CallTarget Call(this RouteTarget target) =>
        Targets.GetValue(target, static made => new(made.Provider, made.Kind, made.Model));

    public static IReadOnlyList<CallTarget> Calls(this Route route) =>
        Routes.GetValue(route, static made => [.. made.Targets.Select(Call)]);
}
