using System.Numerics;
using System.Runtime.Intrinsics;
using System.Text.Json;
using AiSaas.Llm.Local.UseLite;

namespace AiSaas.Tests.Llm.Local;

/// <summary>Against the token ids and vectors that the reference implementation (TensorFlow.js) gives for 39 texts.</summary>
public sealed class UseLiteParityTests
{
    private sealed record Sample(string T, int[] Ids, float[] E);

    private static readonly Sample[] Samples = [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Llm", "Data", "use-lite-parity.jsonl"))
        .Select(line => JsonSerializer.Deserialize<Sample>(line, JsonSerializerOptions.Web)!)];

    [Fact]
    public void Every_text_is_cut_into_the_reference_tokens()
    {
        Assert.Equal(39, Samples.Length);
        Assert.All(Samples, sample => Assert.Equal(sample.Ids, LocalModel.Embedder.Tokenizer.Encode(sample.T)));
    }

    [Fact]
    public async Task Every_vector_points_where_the_reference_points()
    {
        var embeddings = await LocalModel.Embedder.GenerateAsync(Samples.Select(sample => sample.T), cancellationToken: TestContext.Current.CancellationToken);

        Assert.All(Samples.Zip(embeddings), pair => Assert.InRange(Cosine(pair.First.E, pair.Second.Vector.Span), 0.99999, 1.00001));
    }

    [Fact]
    public void Every_register_width_gives_the_same_vectors()
    {
        var longest = Samples.MaxBy(sample => sample.Ids.Length)!;
        MatrixKernel[] kernels =
        [
            new MatrixKernel<Lanes512, Vector512<float>>(), new MatrixKernel<Lanes256, Vector256<float>>(),
            new MatrixKernel<LanesAny, Vector<float>>(), new MatrixKernel<LanesOne, float>(),
        ];

        Assert.All(kernels, kernel =>
        {
            float[] vector = new float[UseLiteEmbeddingGenerator.Dimensions];
            UseLiteModel.Load(LocalModel.Folder, kernel).Embed(longest.Ids, vector);
            Assert.InRange(Cosine(longest.E, vector), 0.99999, 1.00001);
        });
    }

    private static double Cosine(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
    {
        double product = 0, squares = 0, otherSquares = 0;
        for (int i = 0; i < one.Length; i++)
        {
            product += one[i] * other[i];
            squares += one[i] * one[i];
            otherSquares += other[i] * other[i];
        }

        return product / Math.Sqrt(squares * otherSquares);
    }
}
