using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Providers;

/// <summary>A provider's embedder under our rules: a deadline a batch, batches of a bounded size, errors in our words.</summary>
internal sealed class ProviderEmbeddingGenerator(
    IEmbeddingGenerator<string, Embedding<float>> inner, ErrorTranslation errors, TimeSpan deadline, TimeProvider clock)
    : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
{
    /// <summary>What all known providers take in one request.</summary>
    private const int LargestBatch = 96;

    public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        GeneratedEmbeddings<Embedding<float>> all = [];
        foreach (string[] batch in values.Chunk(LargestBatch))
        {
            var part = await BatchAsync(batch, options, cancellationToken).ConfigureAwait(false);
            all.AddRange(part);
            if (part.Usage is { } usage)
            {
                (all.Usage ??= new()).Add(usage);
            }
        }

        return all;
    }

    private async Task<GeneratedEmbeddings<Embedding<float>>> BatchAsync(string[] batch, EmbeddingGenerationOptions? options, CancellationToken cancellation)
    {
        using CancellationTokenSource timer = new(deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timer.Token);
        try
        {
            var part = await base.GenerateAsync(batch, options, either.Token).ConfigureAwait(false);
            return part.Count == batch.Length ? part : throw new FormatException($"{part.Count} vectors came for {batch.Length} texts.");
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            throw timer.IsCancellationRequested
                ? new ModelCallException(new(ModelErrorClass.TimedOut, null, $"No vectors within {deadline.TotalSeconds:0.##} s."), error)
                : errors.Of(error);
        }
    }
}
