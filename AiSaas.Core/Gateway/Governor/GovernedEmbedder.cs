using System.Diagnostics;
using System.Text;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Local;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.AI;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>Embedders behind limits, budgets and the ledger, under the workspace's own keys where it has any. In the background it waits where a
/// limit or a provider says later.</summary>
public sealed class GovernedEmbedder(
    EmbeddingCatalog embeddings, RouteTable routes, CallGovernor governor, TenantProviderKeys ownKeys, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    /// <param name="caller">Who pays.</param>
    /// <param name="model">The embedding model's name in the catalog.</param>
    /// <param name="input">What the texts are.</param>
    /// <param name="texts">At least one.</param>
    /// <param name="waits">For work that nobody looks at: up to two minutes, where a limit or a provider says later.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <exception cref="CallRefusedException">A budget is spent, or a limit holds.</exception>
    /// <exception cref="ModelCallException">Nobody answered.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        GatewayCaller caller, string model, EmbeddingInput input, IReadOnlyList<string> texts, bool waits, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var keys = await ownKeys.OfAsync(caller.Tenant, cancellation);
        var embedder = embeddings.Find(model, keys) ?? embeddings.Get(model);
        var targets = routes.FindEmbeddings(model)?.Calls() ?? [];
        long tokens = (texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)) + 3) / 4;
        long start = clock.GetTimestamp();
        while (true)
        {
            var ticket = await AdmitAsync(
                new(CallId.New(), caller, WireApi.Embeddings, model, targets, tokens, MaxOutputTokens: null, Answers: 1, IsStreamed: false),
                waits, cancellation);
            try
            {
                return await CallAsync(embedder, input, texts, targets, tokens, ticket, cancellation);
            }
            catch (ModelCallException limited) when (
                waits && limited.Failure.Class == ModelErrorClass.RateLimited && clock.GetElapsedTime(start) < Patience)
            {
                var pause = limited.Failure.RetryAfter ?? LongestPause;
                await Task.Delay(pause < LongestPause ? pause : LongestPause, clock, cancellation);
            }
        }
    }

    private async Task<GeneratedEmbeddings<Embedding<float>>> CallAsync(
        IEmbeddingGenerator<string, Embedding<float>> embedder, EmbeddingInput input, IReadOnlyList<string> texts, IReadOnlyList<CallTarget> targets,
        long tokens, CallTicket ticket, CancellationToken cancellation)
    {
        long startedAt = clock.GetTimestamp();
        var target = targets is [var first, ..] ? first : null;
        // A call that is left in the middle is billed all the same.
        CallOutcome outcome = new(CallStatus.Canceled) { Target = target, HttpStatus = 499, Usage = new TokenUsage(tokens, Output: 0, IsEstimated: true) };
        try
        {
            if (target is not null)
            {
                ticket.Sending(target);
            }

            var vectors = await embedder.GenerateAsync(texts, input.AsOptions(), cancellation);
            bool isCounted = vectors.Usage?.InputTokenCount is not null && target?.Kind != LocalModels.Provider;
            outcome = outcome with
            {
                Status = CallStatus.Succeeded,
                HttpStatus = 200,
                Target = Answered(EmbeddingInputs.AttemptsOf(vectors), targets) ?? target,
                Attempts = EmbeddingInputs.AttemptsOf(vectors),
                Usage = new TokenUsage(vectors.Usage?.InputTokenCount ?? tokens, Output: 0, IsEstimated: !isCounted),
            };
            return vectors;
        }
        catch (ModelCallException failed)
        {
            outcome = outcome with
            {
                Status = CallStatus.Failed,
                HttpStatus = failed.Failure.Status ?? 502,
                Error = failed.Failure.Class,
                Attempts = failed.Attempts,
                Usage = null,
            };
            throw;
        }
        finally
        {
            ticket.Settle(outcome with { Duration = clock.GetElapsedTime(startedAt) });
        }
    }

    private static CallTarget? Answered(IReadOnlyList<ModelAttempt> attempts, IReadOnlyList<CallTarget> targets) => attempts is [.., var last]
        ? targets.FirstOrDefault(target => target.Provider == last.Provider && target.Model == last.Model)
        : null;

    private async Task<CallTicket> AdmitAsync(CallIntent intent, bool waits, CancellationToken cancellation)
    {
        long start = clock.GetTimestamp();
        while (true)
        {
            switch (await governor.AdmitAsync(intent, cancellation))
            {
                case CallAdmission.Admitted(var ticket):
                    return ticket;
                case CallAdmission.Refused { Reason: not Refusal.BudgetSpent } refused when waits && clock.GetElapsedTime(start) < Patience:
                    var pause = refused.RetryAfter ?? LongestPause;
                    await Task.Delay(pause < LongestPause ? pause : LongestPause, clock, cancellation);
                    // A call that was refused has its id in nobody's books.
                    break;
                case CallAdmission.Refused refused:
                    throw new CallRefusedException(refused);
                default:
                    throw new UnreachableException();
            }
        }
    }
}
