using OpenAI.Chat;
using OpenAI.Embeddings;

namespace Microsoft.Extensions.AI;

/// <summary>Presents OpenAI's clients through the abstractions of Microsoft.Extensions.AI.</summary>
public static class OpenAIClientExtensions
{
    /// <summary>Gets an <see cref="IChatClient"/> for use with this <see cref="ChatClient"/>.</summary>
    public static IChatClient AsIChatClient(this ChatClient chatClient) => new OpenAIChatClient(chatClient);

    /// <summary>Gets an <see cref="IEmbeddingGenerator{String, Embedding}"/> for use with this <see cref="EmbeddingClient"/>.</summary>
    public static IEmbeddingGenerator<string, Embedding<float>> AsIEmbeddingGenerator(this EmbeddingClient embeddingClient, int? defaultModelDimensions = null) =>
        new OpenAIEmbeddingGenerator(embeddingClient, defaultModelDimensions);
}
