using Microsoft.Extensions.DependencyInjection;

namespace AiSaas.AppHost;

internal static class GraphExtensions
{
    /// <summary>Made on the first start and kept. Letters and digits, for connection strings quote badly.</summary>
    public static IResourceBuilder<ParameterResource> AddGeneratedSecret(this IDistributedApplicationBuilder builder, string name) =>
        builder.AddParameter(name, new GenerateParameterDefault { MinLength = 24, Special = false }, secret: true, persist: true);

    /// <summary>The value of an environment variable, or nothing: then the provider is off.</summary>
    public static IResourceBuilder<ParameterResource> AddProviderKey(this IDistributedApplicationBuilder builder, string name, string variable) =>
        builder.AddParameter(name, () => builder.Configuration[variable] ?? "", secret: true);

    /// <summary>Hands the key over where there is one; a published graph always asks for it.</summary>
    public static IResourceBuilder<ProjectResource> WithProviderKey(
        this IResourceBuilder<ProjectResource> service, string variable, IResourceBuilder<ParameterResource> key)
    {
        var builder = service.ApplicationBuilder;
        return builder.ExecutionContext.IsPublishMode || !string.IsNullOrEmpty(builder.Configuration[variable])
            ? service.WithEnvironment(variable, key)
            : service;
    }

    /// <summary>On a laptop: a fixed port on loopback, without a proxy between. Published: the platform's business.</summary>
    public static IResourceBuilder<ProjectResource> WithServiceEndpoint(this IResourceBuilder<ProjectResource> service, int? port) =>
        service.ApplicationBuilder.ExecutionContext.IsPublishMode
            ? service.WithHttpEndpoint()
            : service
                .WithHttpEndpoint(port: port, isProxied: port is null)
                .WithEndpoint("http", endpoint => endpoint.TargetHost = "127.0.0.1");

    public static IResourceBuilder<ProjectResource> WithLocalEnvironment(this IResourceBuilder<ProjectResource> service, LocalSettings local)
    {
        if (service.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            return service;
        }

        service
            .WithEnvironment("ASPNETCORE_ENVIRONMENT", local.Environment)
            .WithEnvironment("DOTNET_ENVIRONMENT", local.Environment)
            .WithEnvironment("AISAAS_STATE", local.StateFolder);
        return local.SettingsFile is null ? service : service.WithEnvironment("AISAAS_SETTINGS", local.SettingsFile);
    }

    /// <summary>Tells people and scripts when all of <paramref name="services"/> are healthy.</summary>
    public static void AddReadySignal(
        this IDistributedApplicationBuilder builder, LocalSettings local, params IResourceBuilder<ProjectResource>[] services)
    {
        if (builder.ExecutionContext.IsRunMode)
        {
            builder.Services.AddSingleton(local);
            builder.Services.AddSingleton(new ReadySignal.Awaited([.. services.Select(service => service.Resource.Name)]));
            builder.Services.AddHostedService<ReadySignal>();
        }
    }
}
