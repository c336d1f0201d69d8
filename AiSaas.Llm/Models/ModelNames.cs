using AiSaas.Llm.Local;
using AiSaas.Llm.Providers;

namespace AiSaas.Llm.Models;

/// <summary>What a name means under given options.</summary>
/// <remarks>
/// In order: a configured logical model; <c>default</c>; a local model; <c>provider/model</c>; a provider's default model;
/// a name whose beginning tells the provider (<c>gpt-…</c>, <c>claude-…</c>).
/// </remarks>
internal static class ModelNames
{
    public const string Default = "default";

    /// <summary>No provider has names near this length; longer ones are noise.</summary>
    private const int LongestName = 200;

    public static string DefaultOf(GatewayOptions options) =>
        !string.IsNullOrWhiteSpace(options.DefaultModel) ? options.DefaultModel
        : options.Models.ContainsKey(Default) ? Default
        : options.Providers.Select(DefaultOf).FirstOrDefault(model => model is not null) ?? LocalModels.Extractive;

    /// <summary>The names worth showing: logical models, each provider's default, the local one.</summary>
    public static IReadOnlyList<string> All(GatewayOptions options) =>
    [
        .. options.Models.Keys
            .Concat(options.Providers.Select(DefaultOf).OfType<string>())
            .Append(LocalModels.Extractive)
            .Prepend(DefaultOf(options))
            .Distinct(StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>Null if the name means nothing here.</summary>
    public static ModelOptions? Find(GatewayOptions options, string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName)
        {
            return null;
        }

        if (options.Models.TryGetValue(name, out var configured))
        {
            return configured;
        }

        if (name.Equals(Default, StringComparison.OrdinalIgnoreCase))
        {
            string chosen = DefaultOf(options);
            return chosen.Equals(Default, StringComparison.OrdinalIgnoreCase) ? null : Find(options, chosen);
        }

        if (name.Equals(LocalModels.Extractive, StringComparison.OrdinalIgnoreCase))
        {
            return Single(LocalModels.Provider, LocalModels.Extractive);
        }

        int slash = name.IndexOf('/');
        if (slash > 0 && slash < name.Length - 1 && options.Providers.Keys.FirstOrDefault(Named(name[..slash])) is { } provider)
        {
            return Single(provider, name[(slash + 1)..]);
        }

        return (options.Providers.Where(entry => Named(name)(DefaultOf(entry) ?? "")).Select(entry => entry.Key).FirstOrDefault()
            ?? options.Providers.Where(entry => KindOf(entry)?.Serves(name) is true).Select(entry => entry.Key).FirstOrDefault()) is { } serving
            ? Single(serving, name)
            : null;
    }

    /// <summary>What a name means by a provider that is not configured and that a tenant has brought a key for: <c>provider/model</c>, or a
    /// name whose beginning tells it. Null if it means nothing.</summary>
    public static TargetOptions? FindOwn(GatewayOptions options, string name, IEnumerable<string> ownProviders)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > LongestName)
        {
            return null;
        }

        foreach (string provider in ownProviders)
        {
            if (options.Providers.ContainsKey(provider) || ProviderKind.Find(provider) is not { } kind)
            {
                continue;
            }

            if (name.StartsWith(provider + "/", StringComparison.OrdinalIgnoreCase) && name.Length > provider.Length + 1)
            {
                return new() { Provider = provider, Model = name[(provider.Length + 1)..] };
            }

            if (kind.Serves(name))
            {
                return new() { Provider = provider, Model = name };
            }
        }

        return null;
    }

    private static Func<string, bool> Named(string name) => other => other.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static ModelOptions Single(string provider, string model) => new() { Targets = { new() { Provider = provider, Model = model } } };

    private static ProviderKind? KindOf(KeyValuePair<string, ProviderOptions> entry) => ProviderKind.Find(entry.Value.Kind ?? entry.Key);

    private static string? DefaultOf(KeyValuePair<string, ProviderOptions> entry) =>
        string.IsNullOrWhiteSpace(entry.Value.DefaultModel) ? KindOf(entry)?.DefaultModel : entry.Value.DefaultModel;
}
