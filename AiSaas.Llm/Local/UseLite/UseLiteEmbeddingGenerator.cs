using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>The keyless embedder: USE-lite, English, 512 dimensions, the first 128 tokens of a text.</summary>
/// <remarks>
/// Safe for any number of callers. They share one bound of texts in work at once, first come first served a text at a
/// time, so that a single query waits for a text of a large batch, never for the batch. Cancellation is seen between
/// texts; one takes at most some 20 ms.
/// </remarks>
public sealed class UseLiteEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    public const string ProviderName = "local";
    public const string ModelName = "use-lite-en";
    public const int Dimensions = UseLiteModel.Dimensions;
    public const int MaxTokens = UseLiteModel.MaxTokens;

    private readonly UseLiteModel _model;
    private readonly SemaphoreSlim _cores;
    private readonly int _degree;
    private readonly TimeProvider _clock;
    private readonly EmbeddingGeneratorMetadata _metadata = new(ProviderName, defaultModelId: ModelName, defaultModelDimensions: Dimensions);

    private UseLiteEmbeddingGenerator(UseLiteModel model, SentencePieceTokenizer tokenizer, TimeProvider clock, int? degree)
    {
        _model = model;
        Tokenizer = tokenizer;
        _clock = clock;
        _degree = Math.Clamp(degree ?? Environment.ProcessorCount, 1, Environment.ProcessorCount);
        _cores = new(_degree, _degree);
    }

    public SentencePieceTokenizer Tokenizer { get; }

    /// <param name="modelFolder">See <see cref="ModelFolder.Resolve"/>.</param>
    /// <param name="clock">Dates the vectors.</param>
    /// <param name="degree">How many texts at once, at most one a core; null for one a core.</param>
    /// <exception cref="FileNotFoundException">The model isn't there; the message says how to get it.</exception>
    public static UseLiteEmbeddingGenerator Load(string modelFolder, TimeProvider clock, int? degree = null) =>
        new(UseLiteModel.Load(modelFolder), SentencePieceTokenizer.Load(modelFolder), clock, degree);

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (options?.Dimensions is { } dimensions && dimensions != Dimensions)
        {
            throw new NotSupportedException($"{ModelName} makes vectors of {Dimensions} dimensions, not {dimensions}.");
        }

        string[] texts = [.. values];
        var embeddings = new Embedding<float>[texts.Length];
        long tokens = 0;
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _degree, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, texts.Length, parallel, async (index, cancellation) =>
        {
            await _cores.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                embeddings[index] = Embed(texts[index], out int used);
                Interlocked.Add(ref tokens, used);
            }
            finally
            {
                _cores.Release();
            }
        }).ConfigureAwait(false);
        return new(embeddings) { Usage = new() { InputTokenCount = tokens, TotalTokenCount = tokens } };
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(Tokenizer) ? Tokenizer
            : null;
    }

    // Holds nothing but memory. Disposing the semaphore would only break callers still under way.
    public void Dispose()
    {
    }

    private Embedding<float> Embed(string text, out int used)
    {
        int[] tokens = Tokenizer.Encode(text);
        used = Math.Min(tokens.Length, MaxTokens);
        float[] vector = new float[Dimensions];
        _model.Embed(tokens, vector);
        return new(vector) { ModelId = ModelName, CreatedAt = _clock.GetUtcNow() };
    }
}
