using AiSaas.Llm.Local.UseLite;

namespace AiSaas.Tests.Llm;

/// <summary>The local model's files, loaded once for all tests; ./test installs them.</summary>
internal static class LocalModel
{
    private static readonly Lazy<UseLiteEmbeddingGenerator> Shared = new(() => UseLiteEmbeddingGenerator.Load(Folder, TimeProvider.System));

    public static string Folder => ModelFolder.Resolve();

    public static UseLiteEmbeddingGenerator Embedder => Shared.Value;
}
