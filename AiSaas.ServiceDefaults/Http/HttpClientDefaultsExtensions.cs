using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;

namespace AiSaas.ServiceDefaults.Http;

/// <summary>Every client made by <c>IHttpClientFactory</c> finds services by name and survives a blink of theirs.</summary>
public static class HttpClientDefaultsExtensions
{
    /// <summary>Other limits for this client than the defaults, or none (<see cref="HttpResilienceOptions.Enabled"/>).</summary>
    public static IHttpClientBuilder ConfigureResilience(this IHttpClientBuilder client, Action<HttpResilienceOptions> configure)
    {
        client.Services.AddOptions<HttpResilienceOptions>(client.Name).Configure(configure).ValidateDataAnnotations();
        return client;
    }

    internal static void AddHttpClientDefaults(this IServiceCollection services)
    {
        services.AddServiceDiscovery();
        services.ConfigureHttpClientDefaults(client => client.AddServiceDiscovery());
        services.AddOptions<HttpResilienceOptions>().ValidateDataAnnotations();
        services.TryAddSingleton<HttpPipelines>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHttpMessageHandlerBuilderFilter, ResilienceFilter>());
    }

    // A filter, because the defaults' builder doesn't know the name of the client that is being made.
    private sealed class ResilienceFilter(HttpPipelines pipelines) : IHttpMessageHandlerBuilderFilter
    {
        public Action<HttpMessageHandlerBuilder> Configure(Action<HttpMessageHandlerBuilder> next) => builder =>
        {
            next(builder);
            // Outermost: each try looks the service's address up again and may get another one.
            builder.AdditionalHandlers.Insert(0, new ResilienceHandler(pipelines, builder.Name ?? ""));
        };
    }
}
