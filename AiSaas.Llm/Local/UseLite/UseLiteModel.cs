using System.Numerics.Tensors;

namespace AiSaas.Llm.Local.UseLite;

/// <summary>Universal Sentence Encoder Lite (English): token ids in, a unit vector out.</summary>
/// <remarks>Immutable after loading, so any number of threads may share one. Holds about 31 MB.</remarks>
internal sealed unsafe class UseLiteModel
{
    public const int Dimensions = 512;
    public const int MaxTokens = 128;
    public const int InnerWidth = 3 * Dimensions;
    private const int EmbeddingWidth = 256;
    private const int VocabularySize = 8002;

    private readonly float[] _pieces;
    private readonly float[] _positions;
    private readonly TransformerLayer[] _layers;
    private readonly PackedMatrix _final;
    private readonly ScratchPool _scratch = new(kept: Environment.ProcessorCount);

    private UseLiteModel(WeightFile weights, MatrixKernel kernel)
    {
        // The model adds the piece's embedding to itself before it adds the position; doubled here once.
        _pieces = weights.Find(VocabularySize * EmbeddingWidth, "Embeddings_en");
        TensorPrimitives.Multiply(_pieces, 2f, _pieces);
        _positions = Positions(weights.Find(EmbeddingWidth / 2, "TimingSignal/ExpandDims_1"));
        _layers = [new(weights, kernel, 0, EmbeddingWidth), new(weights, kernel, 1, Dimensions)];
        _final = new(kernel, weights.Find(Dimensions * Dimensions, "tanh_layer_0/weights"), weights.Find(Dimensions, "tanh_layer_0/bias"));
    }

    public static UseLiteModel Load(string modelFolder, MatrixKernel? kernel = null) => new(WeightFile.Load(modelFolder), kernel ?? MatrixKernel.Best);

    /// <summary>Writes the vector of the first <see cref="MaxTokens"/> tokens; no tokens give zeros.</summary>
    public void Embed(ReadOnlySpan<int> tokens, Span<float> vector)
    {
        vector = vector[..Dimensions];
        tokens = tokens[..Math.Min(tokens.Length, MaxTokens)];
        if (tokens.IsEmpty)
        {
            vector.Clear();
            return;
        }

        var scratch = _scratch.Rent();
        Encode(tokens, scratch);
        Average(scratch.Rows.Span, tokens.Length, scratch.Normal.Span[..Dimensions]);
        _final.Multiply(scratch.Normal.Pointer, 1, scratch.Output.Pointer);
        TensorPrimitives.Tanh<float>(scratch.Output.Span[..Dimensions], vector);
        TensorPrimitives.Divide(vector, MathF.Max(TensorPrimitives.Norm<float>(vector), 1e-6f), vector);
        _scratch.Return(scratch);
    }

    private void Encode(ReadOnlySpan<int> tokens, Scratch scratch)
    {
        for (int row = 0; row < tokens.Length; row++)
        {
            TensorPrimitives.Add(
                _pieces.AsSpan(tokens[row] * EmbeddingWidth, EmbeddingWidth),
                _positions.AsSpan(row * EmbeddingWidth, EmbeddingWidth),
                scratch.Rows.Span.Slice(row * EmbeddingWidth, EmbeddingWidth));
        }

        foreach (var layer in _layers)
        {
            layer.Apply(scratch, tokens.Length);
        }
    }

    private static void Average(ReadOnlySpan<float> rows, int count, Span<float> average)
    {
        rows[..Dimensions].CopyTo(average);
        for (int row = 1; row < count; row++)
        {
            TensorPrimitives.Add(average, rows.Slice(row * Dimensions, Dimensions), average);
        }

        TensorPrimitives.Divide(average, count, average);
    }

    // Row t is sin(t·f) for each frequency f, then cos(t·f).
    private static float[] Positions(ReadOnlySpan<float> frequencies)
    {
        float[] positions = new float[MaxTokens * EmbeddingWidth];
        for (int row = 0; row < MaxTokens; row++)
        {
            for (int i = 0; i < frequencies.Length; i++)
            {
                (float sine, float cosine) = MathF.SinCos(row * frequencies[i]);
                positions[row * EmbeddingWidth + i] = sine;
                positions[row * EmbeddingWidth + frequencies.Length + i] = cosine;
            }
        }

        return positions;
    }
}
