using AiSaas.Llm.Models;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Pgvector;

namespace AiSaas.Core.Retrieval;

/// <summary>The vector of a question, or the reason why there is none: words alone still find.</summary>
internal sealed partial class QuestionEmbedder(
    EmbeddingCatalog catalog, EmbeddingSpaces spaces, TimeProvider clock, ILogger<QuestionEmbedder> logger)
{
    // Beyond this a reader would rather have the lexical results.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public async Task<EmbeddedQuestion> EmbedAsync(string question, CancellationToken cancellation)
    {
        string model = catalog.DefaultModel;
        if (await spaces.FindAsync(model, cancellation) is not { } space)
        {
            return new(null, null, $"Nothing is embedded with {model} yet.");
        }

        using CancellationTokenSource deadline = new(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            var embedding = await catalog.Default.GenerateAsync(question, cancellationToken: either.Token);
            if (embedding.Dimensions != space.Dimensions)
            {
                Log.Changed(logger, model, embedding.Dimensions, space.Dimensions);
                return new(null, null, $"{model} gives {embedding.Dimensions} dimensions now, the documents have {space.Dimensions}.");
            }

            return new(space, Halves(embedding.Vector.Span), null);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // Whatever is wrong with the embedder, it must not take the search down with it.
            Log.Failed(logger, model, failure);
            return new(null, null, $"The embedding model {model} did not answer.");
        }
    }

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

/// <param name="Space">Null together with <paramref name="Vector"/>; then <paramref name="Missing"/> says why.</param>
internal sealed record EmbeddedQuestion(EmbeddingSpace? Space, HalfVector? Vector, string? Missing);
