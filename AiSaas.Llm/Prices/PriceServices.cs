using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace AiSaas.Llm.Prices;

public static class PriceServices
{
    /// <summary>Where settings lay prices over the file: <c>Gateway:Prices:{provider or kind}:{model}:{input,output,cachedRead,…}</c>.</summary>
    public const string Section = "Gateway:Prices";

    /// <summary>The price table: this build's file, and the settings over it. Faults of the settings stop the start, all named at once.</summary>
    public static IServiceCollection AddPrices(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(Table(configuration));
        return services;
    }

    /// <exception cref="InvalidOperationException">The settings have faults.</exception>
    public static PriceTable Table(IConfiguration configuration)
    {
        var file = PriceFile.Read();
        PriceEntry[] over = [.. configuration.GetSection(Section).GetChildren()
            .SelectMany(provider => provider.GetChildren().Select(model => Entry(provider.Key, model)))];
        string[] faults = [.. over.SelectMany(entry => entry.Faults())];
        return faults.Length > 0
            ? throw new InvalidOperationException($"{Section}:\n{string.Join('\n', faults)}")
            : new PriceTable(over.Length > 0 ? file.Version + "+settings" : file.Version, [.. file.Models, .. over]);
    }

    private static PriceEntry Entry(string provider, IConfigurationSection model)
    {
        var entry = model.Get<PriceEntry>() ?? new();
        return entry with { Provider = provider, Model = model.Key, Mode = entry.Output is null ? "embedding" : entry.Mode };
    }
}
