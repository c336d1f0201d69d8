using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace AiSaas.AppHost;

/// <param name="Server">What to wait for.</param>
internal sealed record PostgresStore(IResourceBuilder<IResource> Server, EndpointReference Endpoint)
{
    public EndpointReferenceExpression Host => Endpoint.Property(EndpointProperty.Host);

    public EndpointReferenceExpression Port => Endpoint.Property(EndpointProperty.Port);
}

/// <param name="Server">What to wait for.</param>
internal sealed record RedisStore(IResourceBuilder<IResource> Server, IResourceBuilder<IResourceWithConnectionString> Connection);

/// <summary>Postgres with pgvector and Redis, as containers or as processes of this machine. The rest of the graph can't tell which.</summary>
internal static class Stores
{
    public static PostgresStore AddPostgresContainer(this IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password)
    {
        var postgres = builder.AddPostgres("postgres", password: password)
            .WithImage("pgvector/pgvector", "pg17")
            // By its path: WithDataVolume guesses it from the tag, and pgvector tags otherwise than Postgres.
            .WithVolume("aisaas-postgres", "/var/lib/postgresql/data");
        return new(postgres.AddDatabase("aisaas-database", "aisaas"), postgres.GetEndpoint("tcp"));
    }

    public static RedisStore AddRedisContainer(this IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password)
    {
        var redis = builder.AddRedis("redis", password: password).WithDataVolume("aisaas-redis");
        return new(redis, redis);
    }

    public static PostgresStore AddPostgresProcess(
        this IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password, LocalSettings local)
    {
        var postgres = builder.AddScript("postgres", "eng/local/postgres.sh", local)
            .WithLoopbackEndpoint(local.PostgresPort, "POSTGRES_PORT")
            .WithEnvironment("POSTGRES_PASSWORD", password);
        var endpoint = postgres.GetEndpoint("tcp");
        builder.AddCheck(postgres, new PostgresAnswers(endpoint, password.Resource));
        return new(postgres, endpoint);
    }

    public static RedisStore AddRedisProcess(
        this IDistributedApplicationBuilder builder, IResourceBuilder<ParameterResource> password, LocalSettings local)
    {
        var redis = builder.AddScript("redis-server", "eng/local/redis.sh", local)
            .WithLoopbackEndpoint(local.RedisPort, "REDIS_PORT")
            .WithEnvironment("REDIS_PASSWORD", password);
        var endpoint = redis.GetEndpoint("tcp");
        builder.AddCheck(redis, new RedisAnswers(endpoint, password.Resource));
        var connection = builder.AddConnectionString("redis", ReferenceExpression.Create(
            $"{endpoint.Property(EndpointProperty.Host)}:{endpoint.Property(EndpointProperty.Port)},password={password}"));
        return new(redis, connection);
    }

    private static IResourceBuilder<ExecutableResource> AddScript(
        this IDistributedApplicationBuilder builder, string name, string path, LocalSettings local) =>
        builder.AddExecutable(name, "bash", Path.GetFullPath(Path.Combine(builder.AppHostDirectory, "..")), path)
            .WithEnvironment("AISAAS_STATE", local.StateFolder);

    private static IResourceBuilder<ExecutableResource> WithLoopbackEndpoint(
        this IResourceBuilder<ExecutableResource> server, int port, string variable) =>
        server
            .WithEndpoint(port: port, targetPort: port, scheme: "tcp", name: "tcp", env: variable, isProxied: false)
            .WithEndpoint("tcp", endpoint => endpoint.TargetHost = "127.0.0.1");

    private static void AddCheck(this IDistributedApplicationBuilder builder, IResourceBuilder<ExecutableResource> server, IHealthCheck check)
    {
        var key = $"{server.Resource.Name}-answers";
        builder.Services.AddHealthChecks().Add(new(key, check, failureStatus: null, tags: null, timeout: TimeSpan.FromSeconds(5)));
        server.WithHealthCheck(key);
    }
}
