using System.ComponentModel.DataAnnotations;
using AiSaas.Llm.Models;
using AiSaas.Llm.Reranking;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Retrieval.Reranking;

/// <summary>Section <c>Retrieval:Rerank</c>; off unless a provider is named.</summary>
public sealed class RerankOptions
{
    public const string Section = "Retrieval:Rerank";

    /// <summary>As configured under <c>Gateway:Providers</c>, of kind cohere, voyage, jina or openai-compatible; unset is off.</summary>
    public string? Provider { get; set; }

    /// <summary>The reranker's name there.</summary>
    public string? Model { get; set; }

    /// <summary>How many of the best passages are ranked anew.</summary>
    [Range(2, 200)]
    public int Top { get; set; } = 30;

    /// <summary>After which the order stays as it was.</summary>
    [Range(0.05, 30.0)]
    public double DeadlineSeconds { get; set; } = 1.5;

    public bool IsOn => !string.IsNullOrWhiteSpace(Provider);
}

internal sealed class RerankOptionsValidator(IOptions<GatewayOptions> gateway, IServiceProvider services) : IValidateOptions<RerankOptions>
{
    public ValidateOptionsResult Validate(string? name, RerankOptions options)
    {
        if (!options.IsOn)
        {
            return ValidateOptionsResult.Success;
        }

        if (!gateway.Value.Providers.ContainsKey(options.Provider!))
        {
            return ValidateOptionsResult.Fail(
                $"Retrieval:Rerank:Provider is '{options.Provider}', which is not configured; there are: {string.Join(", ", gateway.Value.Providers.Keys)}.");
        }

        return string.IsNullOrWhiteSpace(options.Model) ? ValidateOptionsResult.Fail("Retrieval:Rerank:Model is missing; name the provider's reranker.")
            // Late: it can't be made while the gateway's own settings are at fault, which are told as well.
            : services.GetRequiredService<RerankerCatalog>().Find(options.Provider!, options.Model, TimeSpan.FromSeconds(1)) is null
                ? ValidateOptionsResult.Fail($"Retrieval:Rerank:Provider is '{options.Provider}', which is of a kind without rerankers.")
                : ValidateOptionsResult.Success;
    }
}
