using System.Numerics.Tensors;
using System.Text;
using System.Text.Json;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Telemetry;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Embedding;

/// <summary>A provider's embedder under the gateway's rules: batches of a bounded size, keys and targets in turn, deadlines, vectors of one
/// length and of unit norm.</summary>
/// <param name="name">As it is configured.</param>
/// <param name="settings">Prefixes, dimensions, bounds.</param>
/// <param name="route">The model, at one provider or at several that have the same.</param>
/// <param name="ownKeys">Keys that override the configured ones, by provider.</param>
/// <param name="post">Sends.</param>
/// <param name="deadline">Of one attempt at one batch.</param>
internal sealed class RoutedEmbedder(
    string name, EmbeddingModelOptions settings, Route route, IReadOnlyDictionary<string, KeyPool>? ownKeys, RoutedPost post, TimeSpan deadline)
    : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>What halfvec can hold; the table has the same bound.</summary>
    private const int MostDimensions = 4_000;

    private const int BytesPerToken = 3;

    private readonly EmbeddingGeneratorMetadata _metadata = new(route.Targets[0].Provider, null, name, settings.Dimensions);

    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        var input = EmbeddingInputs.Of(options);
        string prefix = (input == EmbeddingInput.Query ? settings.QueryPrefix : settings.DocumentPrefix) ?? "";
        GeneratedEmbeddings<Embedding<float>> all = [];
        foreach (var batch in Batches([.. values.Select(text => Cut(prefix + text))]))
        {
            var posted = await post.SendAsync(route, ownKeys, deadline, new Api(batch, input, settings.Dimensions), cancellationToken).ConfigureAwait(false);
            if (all.Count > 0 && all[0].Dimensions != posted.Answer.Vectors[0].Length)
            {
                throw new ModelCallException(Malformed($"{posted.Answer.Vectors[0].Length} dimensions came after {all[0].Dimensions}."), posted.Attempts, null);
            }

            all.AddRange(posted.Answer.Vectors.Select(vector => new Embedding<float>(vector) { ModelId = posted.Target.Model }));
            EmbeddingInputs.Note(all, posted.Attempts);
            if (posted.Answer.Tokens is { } tokens)
            {
                (all.Usage ??= new()).Add(new() { InputTokenCount = tokens, TotalTokenCount = tokens });
            }
        }

        return all;
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    public void Dispose()
    {
        // The connections belong to the registry.
    }

    private static ModelFailure Malformed(string message) => new(ModelErrorClass.Malformed, null, message);

    private static EmbeddingWire WireOf(RouteTarget target) => target.Endpoint?.Embeddings
        ?? throw new ModelCallException(new(ModelErrorClass.Unsupported, null, $"{target.Provider} has no embeddings."));

    private string Cut(string text)
    {
        if (settings.MaxInputCharacters is not { } most || text.Length <= most)
        {
            return text;
        }

        return text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)];
    }

    private IEnumerable<List<string>> Batches(string[] texts)
    {
        // Whoever answers in the end must be able to take the batch.
        int mostTexts = Math.Min(settings.BatchSize ?? int.MaxValue, route.Targets.Min(target => target.Endpoint?.Embeddings?.MostTexts ?? 1));
        int mostTokens = route.Targets.Min(target => target.Endpoint?.Embeddings?.MostTokens ?? 1);
        List<string> batch = [];
        long tokens = 0;
        foreach (string text in texts)
        {
            long size = (Encoding.UTF8.GetByteCount(text) / BytesPerToken) + 1;
            if (batch.Count > 0 && (batch.Count == mostTexts || tokens + size > mostTokens))
            {
                yield return batch;
                (batch, tokens) = ([], 0);
            }

            batch.Add(text);
            tokens += size;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private sealed class Api(IReadOnlyList<string> texts, EmbeddingInput input, int? dimensions) : IPostApi<EmbeddingAnswer>
    {
        public string Path(RouteTarget target) => WireOf(target).Path;

        public void Write(Utf8JsonWriter json, RouteTarget target) => WireOf(target).Write(json, new(target.Model, texts, input, dimensions));

        public EmbeddingAnswer Read(RouteTarget target, JsonElement answer)
        {
            var read = WireOf(target).Read(answer);
            if (read.Vectors.Count != texts.Count)
            {
                throw new FormatException($"{read.Vectors.Count} vectors came for {texts.Count} texts.");
            }

            int length = read.Vectors[0].Length;
            if (length is 0 or > MostDimensions)
            {
                throw new FormatException($"{length} dimensions can't be kept; 1 to {MostDimensions} can. Set Dimensions where the model can give fewer.");
            }

            if (dimensions is { } asked && asked != length)
            {
                throw new FormatException($"{asked} dimensions were asked for and {length} came: the model can't be cut. Leave Dimensions unset.");
            }

            foreach (float[] vector in read.Vectors)
            {
                Normalize(vector, length);
            }

            return read;
        }

        public TokenUsage Usage(EmbeddingAnswer answer) => new(answer.Tokens ?? 0, Output: 0);

        public ModelCallLabels Labels(RouteTarget target) => target.EmbeddingLabels;

        // Half precision ends at 65,504: vectors of unit length lose nothing there, whatever the provider's scale.
        private static void Normalize(float[] vector, int length)
        {
            if (vector.Length != length)
            {
                throw new FormatException($"Vectors of {length} and of {vector.Length} dimensions came together.");
            }

            float norm = TensorPrimitives.Norm<float>(vector);
            if (!(norm > 0) || !float.IsFinite(norm))
            {
                throw new FormatException("A vector without direction came.");
            }

            TensorPrimitives.Divide(vector, norm, vector);
        }
    }
}
