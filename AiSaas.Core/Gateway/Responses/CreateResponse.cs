using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Responses;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AiSaas.Core.Gateway.Responses;

public abstract record CreateOutcome
{
    private CreateOutcome()
    {
    }

    /// <summary>The sink has had everything.</summary>
    public sealed record Answered : CreateOutcome;

    /// <summary>A worker will make it.</summary>
    public sealed record Queued(StoredResponse Response, bool IsStreamed) : CreateOutcome;

    public sealed record Refused(GatewayError Error) : CreateOutcome;
}

/// <summary>Makes a response: fetches what the request refers to, has the engine answer, and keeps what comes.</summary>
public sealed partial class CreateResponse(
    GatewayEngine engine, RouteTable routes, ResponseStore store, ResponseTurns turns, BackgroundResponses background, TimeProvider clock,
    ILogger<CreateResponse> logger)
{
    // Keeping has its own time: the client may leave with the last word still on its way.
    private static readonly TimeSpan Keeping = TimeSpan.FromSeconds(5);

    public async Task<CreateOutcome> HandleAsync(GatewayRequest call, IAnswerSink sink, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(call);
        ResponseRequest request;
        try
        {
            request = ResponseRequest.Read(call.Body);
        }
        catch (WireException fault)
        {
            return new CreateOutcome.Refused(GatewayError.Invalid(fault));
        }

        using (request)
        {
            // A stream always passes by here: the engine's own error events must be numbered.
            if (request is { IsPlain: true, IsStreamed: false })
            {
                await engine.HandleAsync(call, sink, cancellation);
                return new CreateOutcome.Answered();
            }

            var (context, refusal) = await turns.FetchAsync(call.Caller.Tenant, call.Caller.User, request, cancellation);
            if (context is null)
            {
                return new CreateOutcome.Refused(refusal!);
            }

            if (request.IsBackground)
            {
                // What the engine would refuse at once is refused while the client still listens.
                if (NoModel(call.Caller, request.Model) is { } unknown)
                {
                    return new CreateOutcome.Refused(unknown);
                }

                var (accepted, refused) = await background.AcceptAsync(call.Caller, request, call.Cache, cancellation);
                return accepted is null ? new CreateOutcome.Refused(refused!) : new CreateOutcome.Queued(accepted, request.IsStreamed);
            }

            ResponseMarks marks = new(BlankResponse.NewId(), request.PreviousId, IsBackground: false, request.IsStored);
            StoringSink storing = new(sink, marks, (response, _) => KeepAsync(call.Caller, request, response));
            await engine.HandleAsync(call with { Body = request.ForModel(context) }, storing, cancellation);
            return new CreateOutcome.Answered();
        }
    }

    private GatewayError? NoModel(GatewayCaller caller, string model) =>
        caller.AllowedModels is { Count: > 0 } allowed && !allowed.Contains(model, StringComparer.OrdinalIgnoreCase) ? GatewayError.NotAllowed(model)
        : model.Length == 0 ? new(400, "invalid_request", "You must name a model.", "model")
        : routes.FindChat(model) is null ? GatewayError.NoModel(model)
        : null;

    private async Task KeepAsync(GatewayCaller caller, ResponseRequest request, ReadOnlyMemory<byte> response)
    {
        if (!request.IsStored)
        {
            return;
        }

        var ended = EndedResponse.Of(response);
        using CancellationTokenSource limit = new(Keeping, clock);
        try
        {
            await store.SaveAsync(caller, request, ended, limit.Token);
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            Log.NotKept(logger, ended.Id, failure.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Response {Id} went out but could not be kept: {Reason}")]
        public static partial void NotKept(ILogger logger, string id, string reason);
    }
}
