namespace AiSaas.Core.Retrieval.Spaces;

/// <summary>What is known of models' cosines. Round figures of what their users report: measuring on a workspace's own passages goes before them.</summary>
internal static class KnownSpaces
{
    // Longest beginning first.
    private static readonly (string Beginning, SpaceWeights Weights)[] Models =
    [
        ("text-embedding-ada-002", new(0.5, 0.70, 0.78)),
        ("text-embedding-3", new(0.6, 0.10, 0.32)),
        ("use-lite", new(0.4, 0.0, 0.35)),
        ("voyage-", new(0.6, 0.20, 0.42)),
        ("embed-", new(0.6, 0.15, 0.38)),
        ("jina-embeddings", new(0.6, 0.10, 0.38)),
        ("gemini-embedding", new(0.6, 0.50, 0.62)),
        ("multilingual-e5", new(0.6, 0.72, 0.81)),
        ("e5-", new(0.6, 0.70, 0.79)),
        ("bge-", new(0.6, 0.40, 0.55)),
        ("nomic-embed", new(0.55, 0.40, 0.58)),
        ("all-minilm", new(0.5, 0.05, 0.35)),
    ];

    /// <summary>A half for meaning, and thresholds from each question's own candidates.</summary>
    private static readonly SpaceWeights Unknown = new(0.5, null, null);

    /// <param name="model">The model's name at its provider; owners' names before a slash don't count.</param>
    public static SpaceWeights Of(string model)
    {
        string name = model[(model.LastIndexOf('/') + 1)..];
        foreach (var (beginning, weights) in Models)
        {
            if (name.StartsWith(beginning, StringComparison.OrdinalIgnoreCase))
            {
                return weights;
            }
        }

        return Unknown;
    }
}

/// <param name="Weight">The vector score's share in the fusion.</param>
/// <param name="Unrelated">The cosine of texts that have nothing to do with each other; null where it isn't known.</param>
/// <param name="Related">The cosine from which meaning alone makes a passage worth showing; null where it isn't known.</param>
public sealed record SpaceWeights(double Weight, double? Unrelated, double? Related);
