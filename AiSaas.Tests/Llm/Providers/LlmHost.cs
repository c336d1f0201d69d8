using AiSaas.Llm;
using AiSaas.Llm.Models;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace AiSaas.Tests.Llm.Providers;

/// <summary>The library as a host would wire it, from settings given in the test.</summary>
internal static class LlmHost
{
    public static ServiceProvider Build(params (string Key, string Value)[] settings)
    {
        // Later settings replace earlier ones.
        var values = settings.GroupBy(setting => setting.Key).ToDictionary(group => group.Key, group => (string?)group.Last().Value);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        return new ServiceCollection().AddLogging().AddLlm(configuration).BuildServiceProvider();
    }

    public static ModelCatalog Models(params (string Key, string Value)[] settings) => Build(settings).GetRequiredService<ModelCatalog>();

    /// <summary>What the host would say when it refuses to start.</summary>
    public static IReadOnlyList<string> Faults(params (string Key, string Value)[] settings)
    {
        using var provider = Build(settings);
        var options = provider.GetRequiredService<IOptions<GatewayOptions>>();
        return [.. Assert.Throws<OptionsValidationException>(() => options.Value).Failures];
    }
}
