using AiSaas.Llm.Local.UseLite;
using Microsoft.Extensions.AI;

namespace AiSaas.Tests.Llm.Local;

public sealed class UseLiteEmbeddingGeneratorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_batch_gives_each_text_its_own_vector_in_order()
    {
        string[] texts = [.. Enumerable.Range(0, 40).Select(number => $"Text number {number} speaks of {(number % 2 == 0 ? "pumps" : "contracts")}.")];

        var batch = await LocalModel.Embedder.GenerateAsync(texts, cancellationToken: Cancellation);

        Assert.Equal(texts.Length, batch.Count);
        Assert.Equal(texts.Sum(LocalModel.Embedder.Tokenizer.CountTokens), batch.Usage?.InputTokenCount);
        for (int i = 0; i < texts.Length; i += 13)
        {
            var single = await LocalModel.Embedder.GenerateVectorAsync(texts[i], cancellationToken: Cancellation);
            Assert.Equal(single.ToArray(), batch[i].Vector.ToArray());
        }
    }

    [Fact]
    public async Task Many_callers_at_once_get_what_one_gets()
    {
        var alone = await LocalModel.Embedder.GenerateVectorAsync("shared", cancellationToken: Cancellation);

        var together = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => LocalModel.Embedder.GenerateVectorAsync("shared", cancellationToken: Cancellation)));

        Assert.All(together, vector => Assert.Equal(alone.ToArray(), vector.ToArray()));
    }

    [Fact]
    public async Task Related_texts_are_nearer_than_unrelated_ones()
    {
        var vectors = await LocalModel.Embedder.GenerateAsync(
            ["How long does a refund take?", "Refunds are paid within fourteen days.", "The quick brown fox jumps over the lazy dog."],
            cancellationToken: Cancellation);

        Assert.True(Dot(0, 1) > Dot(0, 2) + 0.1);

        float Dot(int one, int other) => System.Numerics.Tensors.TensorPrimitives.Dot(vectors[one].Vector.Span, vectors[other].Vector.Span);
    }

    [Fact]
    public async Task A_cancelled_batch_stops_between_texts()
    {
        using CancellationTokenSource source = new();
        int taken = 0;
        IEnumerable<string> Texts()
        {
            for (; taken < 500; taken++)
            {
                yield return string.Concat(Enumerable.Repeat("The pump must be primed before it is switched on. ", 12));
            }
        }

        var running = LocalModel.Embedder.GenerateAsync(Texts(), cancellationToken: source.Token);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task An_empty_text_gives_zeros_and_a_very_long_one_its_first_tokens()
    {
        string opening = string.Concat(Enumerable.Repeat("valve ", 400));

        var vectors = await LocalModel.Embedder.GenerateAsync(["", opening, opening + "and much more that is never seen"], cancellationToken: Cancellation);

        Assert.All(vectors[0].Vector.ToArray(), value => Assert.Equal(0, value));
        Assert.Equal(vectors[1].Vector.ToArray(), vectors[2].Vector.ToArray());
    }

    [Fact]
    public async Task Other_dimensions_are_refused_in_words()
    {
        var refusal = await Assert.ThrowsAsync<NotSupportedException>(() =>
            LocalModel.Embedder.GenerateAsync(["x"], new EmbeddingGenerationOptions { Dimensions = 256 }, Cancellation));

        Assert.Contains("512", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_says_what_it_is()
    {
        var metadata = LocalModel.Embedder.GetService<EmbeddingGeneratorMetadata>();

        Assert.Equal(("local", "use-lite-en", 512), (metadata?.ProviderName, metadata?.DefaultModelId, metadata?.DefaultModelDimensions));
    }

    [Fact]
    public void A_missing_model_says_how_to_get_it()
    {
        var missing = Assert.Throws<FileNotFoundException>(() => UseLiteEmbeddingGenerator.Load("/nowhere", TimeProvider.System));

        Assert.Contains("./run and ./test install it", missing.Message, StringComparison.Ordinal);
        Assert.Contains(ModelFolder.Variable, missing.Message, StringComparison.Ordinal);
    }
}
