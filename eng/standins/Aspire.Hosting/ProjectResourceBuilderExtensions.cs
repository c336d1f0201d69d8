using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public static class ProjectResourceBuilderExtensions
{
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() =>
        builder.AddProject<TProject>(name, _ => { });

    // Launch profiles are for the tools that have them: here a project runs as it was built.
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name, string? launchProfileName)
        where TProject : IProjectMetadata, new() =>
        builder.AddProject<TProject>(name, options => options.LaunchProfileName = launchProfileName);

    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name, Action<ProjectResourceOptions> configure)
        where TProject : IProjectMetadata, new()
    {
        configure(new ProjectResourceOptions());
        var project = builder.AddResource(new ProjectResource(name));
        project.Resource.Annotations.Add(new TProject());
        return project.WithEnvironment(context =>
        {
            var urls = project.Resource.Annotations.OfType<EndpointAnnotation>()
                .Where(endpoint => endpoint.UriScheme is "http" or "https")
                .Select(endpoint => $"{endpoint.UriScheme}://{endpoint.TargetHost}:{endpoint.TargetPort}")
                .ToArray();
            if (urls.Length > 0)
            {
                context.EnvironmentVariables.TryAdd("ASPNETCORE_URLS", string.Join(';', urls));
            }
        });
    }

    /// <summary>One process stands for all replicas here.</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas) =>
        builder.WithAnnotation(new ReplicaAnnotation(replicas));

    public static IResourceBuilder<ProjectResource> DisableForwardedHeaders(this IResourceBuilder<ProjectResource> builder) => builder;
}
