using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Pgvector;

namespace AiSaas.Core.Retrieval;

/// <summary>The vectors of a question, one for each space that the workspace is searched in, or the reason why there is none: words alone still find.</summary>
internal sealed partial class QuestionEmbedder(
    EmbeddingCatalog catalog, EmbeddingSpaces spaces, TimeProvider clock, ILogger<QuestionEmbedder> logger,
    TenantSpaces? tenants = null, GovernedEmbedder? governed = null)
{
    // Beyond this a reader would rather have the lexical results.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public async Task<EmbeddedQuestion> EmbedAsync(GatewayCaller caller, string question, CancellationToken cancellation)
    {
        var searched = tenants is null ? await StandardAsync(cancellation) : await tenants.SearchedAsync(caller.Tenant, cancellation);
        if (searched.Count == 0)
        {
            return new([], $"Nothing is embedded with {catalog.DefaultModel} yet.");
        }

        var tried = await Task.WhenAll(searched.Select(space => TryAsync(caller, space, question, cancellation)));
        return new(
            [.. tried.Select(one => one.Vector).OfType<SpaceVector>()],
            string.Join(' ', tried.Select(one => one.Missing).OfType<string>().Distinct()) is { Length: > 0 } missing ? missing : null);
    }

    private async Task<IReadOnlyList<EmbeddingSpace>> StandardAsync(CancellationToken cancellation) =>
        await spaces.FindAsync(catalog.DefaultModel, cancellation) is { } space ? [space] : [];

    private async Task<(SpaceVector? Vector, string? Missing)> TryAsync(
        GatewayCaller caller, EmbeddingSpace space, string question, CancellationToken cancellation)
    {
        string model = space.Model;
        using CancellationTokenSource deadline = new(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            if (!catalog.Names.Contains(model, StringComparer.OrdinalIgnoreCase))
            {
                return (null, $"The documents are embedded with {model}, which is not configured any more.");
            }

            var embedding = await EmbedAsync(caller, model, question, either.Token);
            if (embedding.Dimensions != space.Dimensions)
            {
                Log.Changed(logger, model, embedding.Dimensions, space.Dimensions);
                return (null, $"{model} gives {embedding.Dimensions} dimensions now, the documents have {space.Dimensions}. Embed them again.");
            }

            return (new(space, Halves(embedding.Vector.Span)), null);
        }
        catch (CallRefusedException refused) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"{model} was not asked: {refused.Refused.Message}");
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // Whatever is wrong with the embedder, it must not take the search down with it.
            Log.Failed(logger, model, failure);
            return (null, $"The embedding model {model} did not answer.");
        }
    }

    // The local model costs nothing and is asked directly; others behind limits, budgets and the ledger.
    private async Task<Embedding<float>> EmbedAsync(GatewayCaller caller, string model, string question, CancellationToken cancellation) =>
        governed is null || catalog.IsLocal(model)
            ? (await catalog.Get(model).GenerateAsync([question], EmbeddingInput.Query.AsOptions(), cancellation))[0]
            : (await governed.GenerateAsync(caller, model, EmbeddingInput.Query, [question], waits: false, cancellation))[0];

    private static HalfVector Halves(ReadOnlySpan<float> vector)
    {
        var halves = new Half[vector.Length];
        for (int i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)vector[i];
        }

        return new(halves);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Searching by words alone: {Model} gives {Now} dimensions now, the documents have {Before}. Embed them again")]
        public static partial void Changed(ILogger logger, string model, int now, int before);

        [LoggerMessage(LogLevel.Warning, "Searching by words alone: {Model} failed")]
        public static partial void Failed(ILogger logger, string model, Exception failure);
    }
}

/// <param name="Vectors">In the order of the spaces; the one that the workspace moves to comes last. Empty where words alone are left.</param>
/// <param name="Missing">Why a space has no vector, for people; null where all have.</param>
internal sealed record EmbeddedQuestion(IReadOnlyList<SpaceVector> Vectors, string? Missing);

internal sealed record SpaceVector(EmbeddingSpace Space, HalfVector Vector);
