using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Telemetry;

/// <summary>Gives each batch of embeddings its span and its figures.</summary>
internal sealed class TelemetryEmbeddingGenerator(
    IEmbeddingGenerator<string, Embedding<float>> inner, string provider, string model, TimeProvider clock)
    : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
{
    private readonly ModelCallLabels _labels = new("embeddings", provider, model);

    public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        using ModelCallSpan span = new(_labels, clock);
        try
        {
            var embeddings = await base.GenerateAsync(values, options, cancellationToken).ConfigureAwait(false);
            span.Answered(embeddings.FirstOrDefault()?.ModelId, null, null);
            span.Used(embeddings.Usage);
            span.Succeeded();
            return embeddings;
        }
        catch (Exception error)
        {
            span.Failed(error);
            throw;
        }
    }
}
