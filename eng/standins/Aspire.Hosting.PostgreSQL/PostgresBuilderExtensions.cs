using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Describes the container, so that the graph compiles; the stand-in host starts none and says so.</summary>
public static class PostgresBuilderExtensions
{
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder, string name,
        IResourceBuilder<ParameterResource>? userName = null, IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        var secret = password ?? builder.AddParameter($"{name}-password", new GenerateParameterDefault(), secret: true, persist: true);
        return builder.AddResource(new PostgresServerResource(name, userName?.Resource, secret.Resource))
            .WithEndpoint(port: port, targetPort: 5432, name: "tcp")
            .WithImage("library/postgres");
    }

    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        builder.Resource.AddDatabase(name, databaseName ?? name);
        PostgresDatabaseResource database = new(name, databaseName ?? name, builder.Resource);
        database.Annotations.Add(new WaitAnnotation(builder.Resource, WaitType.WaitUntilHealthy));
        return builder.ApplicationBuilder.AddResource(database);
    }

    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false) =>
        builder.WithVolume(name, "/var/lib/postgresql/data", isReadOnly);

    public static IResourceBuilder<PostgresServerResource> WithHostPort(this IResourceBuilder<PostgresServerResource> builder, int? port) =>
        builder.WithEndpoint("tcp", endpoint => endpoint.Port = port);
}
