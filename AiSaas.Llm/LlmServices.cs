using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Local.Extractive;
using AiSaas.Llm.Models;
using AiSaas.Llm.Prices;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Reranking;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm;

public static class LlmServices
{
    /// <summary>
    /// Chat and embedding models by name (<see cref="ModelCatalog"/>, <see cref="EmbeddingCatalog"/>), the default embedder
    /// and a token counter. Faults of the section <c>Gateway</c> stop the start, all named at once.
    /// </summary>
    public static IServiceCollection AddLlm(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddOptions<GatewayOptions>().ValidateOnStart();
        services.AddSingleton<IConfigureOptions<GatewayOptions>>(new GatewaySettings(configuration));
        services.AddSingleton<IPostConfigureOptions<GatewayOptions>>(new EnvironmentProviders(configuration));
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<EmbeddingCatalog>();
        services.TryAddSingleton(provider => new ExtractiveChatClient(
            () => provider.GetRequiredService<EmbeddingCatalog>().LocalIfInstalled, provider.GetRequiredService<TimeProvider>()));
        services.AddPrices(configuration);
        services.AddRouting();
        services.TryAddSingleton<ModelCatalog>();
        services.TryAddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(provider => provider.GetRequiredService<EmbeddingCatalog>().Default);
        services.TryAddSingleton<ITokenCounter>(provider => provider.GetRequiredService<EmbeddingCatalog>().Tokens);
        return services;
    }

    // What both faces share: where names lead, how targets do, what retrying may cost.
    private static void AddRouting(this IServiceCollection services)
    {
        services.TryAddSingleton<ProviderRegistry>();
        services.TryAddSingleton<HealthBoard>();
        services.TryAddSingleton<RouteTable>();
        services.TryAddSingleton(provider => new RetryBudget(
            provider.GetRequiredService<IOptions<GatewayOptions>>().Value.RetryBudget, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<RouteContext>();
        services.TryAddSingleton<RerankerCatalog>();
        services.TryAddSingleton<LocalEmbeddings>();
        services.TryAddSingleton<LocalTarget>();
        services.TryAddSingleton<Dialects>();
        services.TryAddSingleton<Upstream>();
        services.TryAddSingleton<TokenCounter>();
        services.TryAddSingleton(provider => new Forwarder(
            provider.GetRequiredService<IOptions<GatewayOptions>>(), provider.GetRequiredService<Upstream>(),
            provider.GetRequiredService<RouteContext>(), provider.GetRequiredService<TimeProvider>()));
    }
}
