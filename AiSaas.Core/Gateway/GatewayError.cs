using System.Buffers;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Errors;

namespace AiSaas.Core.Gateway;

/// <summary>A refusal, before it is put into the client's API's own shape.</summary>
/// <param name="Status">HTTP.</param>
/// <param name="Code">For programs, in OpenAI's words where it has them.</param>
/// <param name="Message">For people.</param>
/// <param name="Parameter">The request's member at fault.</param>
/// <param name="RetryAfter">When it may do better.</param>
public sealed record GatewayError(int Status, string Code, string Message, string? Parameter = null, TimeSpan? RetryAfter = null)
{
    public static GatewayError Invalid(WireException fault) => new(400, "invalid_request", fault.Message, fault.Parameter);

    public static GatewayError NoModel(string name) =>
        new(404, "model_not_found", $"There is no model '{(name.Length > 100 ? name[..100] + "…" : name)}' here. GET /v1/models lists those there are.", "model");

    public static GatewayError NotAllowed(string name) =>
        new(403, "model_not_allowed", $"This key may not use the model '{(name.Length > 100 ? name[..100] + "…" : name)}'.", "model");

    public static GatewayError Of(ModelFailure failure) => new(failure.ClientStatus, failure.Code, Words(failure), failure.Parameter, failure.RetryAfter);

    // What a provider says of a key concerns whoever owns the key, who finds it under /api/gateway.
    private static string Words(ModelFailure failure) => failure is { Class: ModelErrorClass.KeyRefused, Status: { } status }
        ? $"The provider refused the key that the gateway uses for it ({status}). Whoever keeps the keys finds the reason under /api/gateway/providers."
        : failure.Message;

    public static GatewayError Of(CallAdmission.Refused refused) => refused.Reason switch
    {
        Refusal.RateLimited => new(429, "rate_limit_exceeded", refused.Message, RetryAfter: refused.RetryAfter),
        Refusal.BudgetSpent => new(429, "insufficient_quota", refused.Message, RetryAfter: refused.RetryAfter),
        _ => new(503, refused.Code, refused.Message, RetryAfter: refused.RetryAfter),
    };

    /// <summary>Sends it in the shape of the client's API.</summary>
    public async Task SendAsync(WireApi api, CallId id, IAnswerSink sink, LimitHeaders limits, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(sink);
        var body = Body(api, id);
        var output = sink.Begin(new(id, Status, IsStreamed: false) { Limits = limits, RetryAfter = RetryAfter, Length = body.Length });
        await output.WriteAsync(body, cancellation);
    }

    internal ReadOnlyMemory<byte> Body(WireApi api, CallId id)
    {
        ArrayBufferWriter<byte> body = new();
        WireErrors.WriteBody(api, Status, Code, Message, Parameter, id.ToString(), body);
        return body.WrittenMemory;
    }
}
