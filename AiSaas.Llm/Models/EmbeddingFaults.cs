using AiSaas.Llm.Local;
using AiSaas.Llm.Providers;

namespace AiSaas.Llm.Models;

/// <summary>What is wrong with an embedding model's settings, in words.</summary>
internal static class EmbeddingFaults
{
    public static IEnumerable<string> Of(GatewayOptions options, string path, EmbeddingModelOptions model)
    {
        if (model.Dimensions is < 1 or > 4000)
        {
            yield return $"{path}:Dimensions is {model.Dimensions}; it must be 1 to 4000.";
        }

        if (model.BatchSize is < 1 or > 2048)
        {
            yield return $"{path}:BatchSize is {model.BatchSize}; it must be 1 to 2048.";
        }

        if (model.MaxInputCharacters is < 100)
        {
            yield return $"{path}:MaxInputCharacters is {model.MaxInputCharacters}; it must be at least 100.";
        }

        if (model.Weight is { } weight && !(weight is >= 0 and <= 1))
        {
            yield return $"{path}:Weight is {weight}; it must be 0 to 1.";
        }

        foreach (var (name, cosine) in new[] { (nameof(model.Unrelated), model.Unrelated), (nameof(model.Related), model.Related) })
        {
            if (cosine is { } value && !(value is >= -1 and <= 1))
            {
                yield return $"{path}:{name} is {value}; it must be -1 to 1.";
            }
        }

        bool isLocal = model.Provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase);
        foreach (string provider in model.Fallbacks.Select(target => target.Provider).Prepend(model.Provider))
        {
            bool local = provider.Equals(LocalModels.Provider, StringComparison.OrdinalIgnoreCase);
            if (local != isLocal)
            {
                yield return $"{path}:Fallbacks mix the local model with others; all of them must have the same model.";
            }
            else if (!local && options.Providers.TryGetValue(provider, out var configured)
                && ProviderKind.Find(configured.Kind ?? provider) is { Embeddings: null } kind)
            {
                yield return $"{path}:Provider is '{provider}', of kind {kind.Name}, which has no embeddings.";
            }
        }
    }
}
