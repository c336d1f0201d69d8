using OpenAI.Embeddings;

namespace Microsoft.Extensions.AI;

/// <summary>Calls OpenAI's embeddings.</summary>
internal sealed class OpenAIEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly EmbeddingClient _client;
    private readonly int? _dimensions;
    private readonly EmbeddingGeneratorMetadata _metadata;

    public OpenAIEmbeddingGenerator(EmbeddingClient client, int? defaultModelDimensions)
    {
        ArgumentNullException.ThrowIfNull(client);
        if (defaultModelDimensions is { } dimensions)
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(dimensions, nameof(defaultModelDimensions));
        }

        (_client, _dimensions) = (client, defaultModelDimensions);
        _metadata = new("openai", client.Endpoint, client.Model, defaultModelDimensions);
    }

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, Microsoft.Extensions.AI.EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var settings = options?.RawRepresentationFactory?.Invoke(this) as OpenAI.Embeddings.EmbeddingGenerationOptions ?? new();
        settings.Dimensions ??= options?.Dimensions ?? _dimensions;
        if (options?.ModelId is { } model)
        {
            settings.Patch.Set("$.model"u8, model);
        }

        var answer = (await _client.GenerateEmbeddingsAsync(values, settings, cancellationToken).ConfigureAwait(false)).Value;
        return new(answer.Select(vector => new Embedding<float>(vector.ToFloats()) { ModelId = answer.Model }))
        {
            Usage = answer.Usage is { } usage
                ? new() { InputTokenCount = usage.InputTokenCount, TotalTokenCount = usage.TotalTokenCount }
                : null,
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType == typeof(EmbeddingClient) ? _client
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    // The OpenAI client belongs to whoever made it.
    void IDisposable.Dispose()
    {
    }
}
