using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Batches;

/// <summary>Reads batches in: in the api as they are sent, in a worker from a file.</summary>
internal sealed class BatchIntake(RouteTable routes, TenantProviderKeys ownKeys, SpoolRoom room, IOptions<BatchOptions> options)
{
    /// <summary>For items that name no model where the batch names none either.</summary>
    public const string DefaultModel = "default";

    public BatchDraft Draft(string? endpoint = null) => new(options.Value, room) { Endpoint = endpoint };

    /// <exception cref="BatchFaultException">It can't be taken.</exception>
    public Task ReadLinesAsync(BatchDraft draft, Stream content, CancellationToken cancellation) =>
        BatchJsonl.ReadAsync(content, draft, options.Value.MaxItemBytes, cancellation);

    /// <exception cref="BatchFaultException">It can't be taken.</exception>
    public Task ReadJsonAsync(BatchDraft draft, Stream content, CancellationToken cancellation) =>
        new BatchJson(draft, options.Value.MaxItemBytes).ReadAsync(content, cancellation);

    /// <summary>The end of the input: are there items, and does every model's name mean something to this caller?</summary>
    /// <exception cref="BatchFaultException">It can't be taken.</exception>
    public async Task EndAsync(BatchDraft draft, GatewayCaller caller, CancellationToken cancellation)
    {
        draft.End();
        var keys = await ownKeys.OfAsync(caller.Tenant, cancellation);
        if (draft.Submission.Model is { } own && (Refusal(own, isEmbedding: false) is { } fault && Refusal(own, isEmbedding: true) is not null))
        {
            throw BatchFaultException.Invalid(fault.Message, "model");
        }

        foreach (var (model, isEmbedding, place) in draft.Models)
        {
            if (Refusal(model, isEmbedding) is { } refused)
            {
                throw new BatchFaultException(BatchDraft.At(place, refused.Message, "model"));
            }
        }

        GatewayError? Refusal(string model, bool isEmbedding) =>
            caller.AllowedModels is { Count: > 0 } allowed && !allowed.Contains(model, StringComparer.OrdinalIgnoreCase) ? GatewayError.NotAllowed(model)
            : (isEmbedding ? routes.FindEmbeddings(model, keys) : routes.FindChat(model, keys)) is null ? GatewayError.NoModel(model)
            : null;
    }
}
