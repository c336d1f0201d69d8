using System.Diagnostics;
using System.Text;
using AiSaas.Llm.Local;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.AI;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>The default embedder behind limits, budgets and the ledger, for work in the background: where a limit says later, it waits.</summary>
public sealed class GovernedEmbedder(EmbeddingCatalog embeddings, RouteTable routes, CallGovernor governor, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <exception cref="CallRefusedException">A budget is spent, or a limit held for minutes.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        GatewayCaller caller, IReadOnlyList<string> texts, CancellationToken cancellation)
    {
        string model = embeddings.DefaultModel;
        var targets = routes.FindEmbeddings(model)?.Calls() ?? [];
        long tokens = (texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)) + 3) / 4;
        var ticket = await AdmitAsync(
            new(CallId.New(), caller, WireApi.Embeddings, model, targets, tokens, MaxOutputTokens: null, Answers: 1, IsStreamed: false), cancellation);
        long startedAt = clock.GetTimestamp();
        var target = targets is [var first, ..] ? first : null;
        CallOutcome outcome = new(CallStatus.Canceled) { Target = target, HttpStatus = 499 };
        try
        {
            if (target is not null)
            {
                ticket.Sending(target);
            }

            var vectors = await embeddings.Default.GenerateAsync(texts, options: null, cancellation);
            bool isCounted = vectors.Usage?.InputTokenCount is not null && target?.Kind != LocalModels.Provider;
            outcome = outcome with
            {
                Status = CallStatus.Succeeded,
                HttpStatus = 200,
                Usage = new TokenUsage(vectors.Usage?.InputTokenCount ?? tokens, Output: 0, IsEstimated: !isCounted),
            };
            return vectors;
        }
        catch (ModelCallException failed)
        {
            outcome = outcome with { Status = CallStatus.Failed, HttpStatus = failed.Failure.Status ?? 502, Error = failed.Failure.Class };
            throw;
        }
        finally
        {
            ticket.Settle(outcome with { Duration = clock.GetElapsedTime(startedAt) });
        }
    }

    private async Task<CallTicket> AdmitAsync(CallIntent intent, CancellationToken cancellation)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            switch (await governor.AdmitAsync(intent, cancellation))
            {
                case CallAdmission.Admitted(var ticket):
                    return ticket;
                case CallAdmission.Refused { Reason: not Refusal.BudgetSpent } refused when clock.GetElapsedTime(start) < Patience:
                    var pause = refused.RetryAfter ?? LongestPause;
                    await Task.Delay(pause < LongestPause ? pause : LongestPause, clock, cancellation);
                    break;
                case CallAdmission.Refused refused:
                    throw new CallRefusedException(refused);
                default:
                    throw new UnreachableException();
            }
        }
    }
}
