using System.ComponentModel.DataAnnotations;
using AiSaas.Llm.Local;
using AiSaas.Llm.Providers;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Models;

/// <summary>Finds every fault of the section at once and says it in words.</summary>
internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    private static readonly string[] Strategies = ["fallback", "weighted", "least-latency", "cheapest"];

    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        string[] faults =
        [
            .. options.Unreadable,
            .. options.Providers.SelectMany(entry => Faults(entry.Key, entry.Value)),
            .. options.Models.SelectMany(entry => Faults(options, entry.Key, entry.Value)),
            .. options.Embeddings.SelectMany(entry => Target(options, $"Gateway:Embeddings:{entry.Key}", entry.Value.Provider, entry.Value.Model)),
            .. options.Embeddings.SelectMany(entry => entry.Value.Fallbacks.SelectMany((target, i) =>
                Target(options, $"Gateway:Embeddings:{entry.Key}:Fallbacks:{i}", target.Provider, target.Model))),
            .. options.Embeddings.SelectMany(entry => EmbeddingFaults.Of(options, $"Gateway:Embeddings:{entry.Key}", entry.Value)),
            .. Ranges("Gateway:Deadlines", options.Deadlines),
            .. Ranges("Gateway:Breaker", options.Breaker),
            .. Ranges("Gateway:RetryBudget", options.RetryBudget),
            .. Ranges("Gateway:Cache", options.Cache),
            .. CacheFaults.Of(options.Cache),
            .. Detours.Faults(options, model => model.OnContextTooLong, nameof(ModelOptions.OnContextTooLong)),
            .. Detours.Faults(options, model => model.OnContentRefused, nameof(ModelOptions.OnContentRefused)),
            .. Defaults(options),
        ];
        return faults is [] ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(string name, ProviderOptions provider)
    {
        if (string.Equals(name, LocalModels.Provider, StringComparison.OrdinalIgnoreCase))
        {
            return [$"Gateway:Providers:{name}: '{LocalModels.Provider}' is the built-in provider and needs no settings; choose another name."];
        }

        string kindName = provider.Kind ?? name;
        return ProviderKind.Find(kindName) is { } kind
            ? kind.Faults(provider).Select(fault => $"Gateway:Providers:{name}: {fault}")
            : [$"Gateway:Providers:{name}:Kind is '{kindName}'; it must be one of {string.Join(", ", ProviderKind.All.Select(known => known.Name))}."];
    }

    private static IEnumerable<string> Faults(GatewayOptions options, string name, ModelOptions model)
    {
        string path = $"Gateway:Models:{name}";
        if (!Strategies.Contains(model.Strategy, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"{path}:Strategy is '{model.Strategy}'; it must be one of {string.Join(", ", Strategies)}.";
        }

        if (model.HedgeAfterSeconds is { } hedge && !(hedge is >= 0 and <= 600))
        {
            yield return $"{path}:HedgeAfterSeconds is {hedge}; it must be 0 (never) to 600.";
        }

        if (model.Targets.Count == 0)
        {
            yield return $"{path}:Targets is empty; a model needs at least one {{provider, model}}.";
        }

        for (int i = 0; i < model.Targets.Count; i++)
        {
            var target = model.Targets[i];
            foreach (string fault in Target(options, $"{path}:Targets:{i}", target.Provider, target.Model))
            {
                yield return fault;
            }

            if (!(target.Weight is > 0 and < double.PositiveInfinity))
            {
                yield return $"{path}:Targets:{i}:Weight is {target.Weight}; it must be more than 0.";
            }
        }
    }

    private static IEnumerable<string> Target(GatewayOptions options, string path, string provider, string model)
    {
        bool local = string.Equals(provider, LocalModels.Provider, StringComparison.OrdinalIgnoreCase);
        if (!local && !options.Providers.ContainsKey(provider))
        {
            string known = string.Join(", ", [LocalModels.Provider, .. options.Providers.Keys]);
            yield return $"{path}:Provider is '{provider}', which is not configured; there are: {known}.";
        }

        if (string.IsNullOrWhiteSpace(model))
        {
            yield return $"{path}:Model is missing; name the provider's model.";
        }
        else if (local && !LocalModels.Has(model))
        {
            yield return $"{path}:Model is '{model}'; the local models are {string.Join(", ", LocalModels.All)}.";
        }
    }

    private static IEnumerable<string> Defaults(GatewayOptions options)
    {
        if (!string.IsNullOrWhiteSpace(options.DefaultModel) && ModelNames.Find(options, options.DefaultModel) is null)
        {
            yield return $"Gateway:DefaultModel is '{options.DefaultModel}', which no configured model or provider has.";
        }

        if (options.DefaultEmbeddingModel is { } embedder && !string.IsNullOrWhiteSpace(embedder)
            && !embedder.Equals(LocalModels.UseLite, StringComparison.OrdinalIgnoreCase) && !options.Embeddings.ContainsKey(embedder))
        {
            yield return $"Gateway:DefaultEmbeddingModel is '{embedder}', which Gateway:Embeddings does not name.";
        }
    }

    private static IEnumerable<string> Ranges(string path, object options)
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        return results.Select(result => $"{path}: {result.ErrorMessage}");
    }
}
