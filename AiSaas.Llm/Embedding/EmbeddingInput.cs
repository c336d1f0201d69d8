using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Embedding;

/// <summary>What a text is to an embedder: many are trained to place questions beside the passages that answer them.</summary>
public enum EmbeddingInput
{
    /// <summary>Something to be found.</summary>
    Document,

    /// <summary>Something to find it by.</summary>
    Query,
}

public static class EmbeddingInputs
{
    private const string Key = "aisaas.input";

    /// <summary>Options that tell our embedders, and only ours, what the texts are. Without them a text is a document.</summary>
    public static EmbeddingGenerationOptions AsOptions(this EmbeddingInput input) => new() { AdditionalProperties = new() { [Key] = input } };

    private const string AttemptsKey = "aisaas.attempts";

    /// <summary>Who was tried, in order; empty for the local model.</summary>
    public static IReadOnlyList<ModelAttempt> AttemptsOf(GeneratedEmbeddings<Embedding<float>> vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        return vectors.AdditionalProperties?.TryGetValue(AttemptsKey, out IReadOnlyList<ModelAttempt>? attempts) is true ? attempts ?? [] : [];
    }

    internal static void Note(GeneratedEmbeddings<Embedding<float>> vectors, IReadOnlyList<ModelAttempt> attempts) =>
        (vectors.AdditionalProperties ??= [])[AttemptsKey] = (IReadOnlyList<ModelAttempt>)[.. AttemptsOf(vectors), .. attempts];

    internal static EmbeddingInput Of(EmbeddingGenerationOptions? options) =>
        options?.AdditionalProperties?.TryGetValue(Key, out EmbeddingInput input) is true ? input : EmbeddingInput.Document;
}
