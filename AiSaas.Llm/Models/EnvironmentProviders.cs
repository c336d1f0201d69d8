using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Models;

/// <summary>A provider's usual environment variable switches it on; an empty one leaves it off.</summary>
internal sealed class EnvironmentProviders(IConfiguration configuration) : IPostConfigureOptions<GatewayOptions>
{
    public void PostConfigure(string? name, GatewayOptions options)
    {
        Add(options, "openai", configuration["OPENAI_API_KEY"], configuration["OPENAI_BASE_URL"]);
        Add(options, "anthropic", configuration["ANTHROPIC_API_KEY"], configuration["ANTHROPIC_BASE_URL"]);
        if (configuration["AZURE_OPENAI_ENDPOINT"] is { } endpoint && !string.IsNullOrWhiteSpace(endpoint))
        {
            Add(options, "azure-openai", configuration["AZURE_OPENAI_API_KEY"], endpoint);
            if (options.Providers.TryGetValue("azure-openai", out var azure) && configuration["AZURE_OPENAI_DEPLOYMENT"] is { Length: > 0 } deployment)
            {
                azure.DefaultModel ??= deployment;
            }
        }

        if (string.IsNullOrWhiteSpace(options.LocalModelFolder))
        {
            options.LocalModelFolder = configuration[Local.UseLite.ModelFolder.Variable];
        }
    }

    // What is written in the section goes before the environment.
    private static void Add(GatewayOptions options, string name, string? key, string? baseUrl)
    {
        if (string.IsNullOrWhiteSpace(key))
        {
            return;
        }

        if (!options.Providers.TryGetValue(name, out var provider))
        {
            options.Providers.Add(name, provider = new());
        }

        provider.BaseUrl = string.IsNullOrWhiteSpace(provider.BaseUrl) ? baseUrl : provider.BaseUrl;
        if (provider.ApiKeys.Count == 0)
        {
            provider.ApiKeys.Add(key.Trim());
        }
    }
}
