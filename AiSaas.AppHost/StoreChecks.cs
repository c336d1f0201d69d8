using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace AiSaas.AppHost;

/// <summary>Healthy when our database takes queries, which is later than when the port opens.</summary>
internal sealed class PostgresAnswers(EndpointReference endpoint, ParameterResource password) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        NpgsqlConnectionStringBuilder address = new()
        {
            Host = endpoint.Host,
            Port = endpoint.Port,
            Database = "aisaas",
            Username = "postgres",
            Password = await password.GetValueAsync(cancellationToken),
            Timeout = 3,
            CommandTimeout = 3,
            Pooling = false,
        };
        try
        {
            await using NpgsqlConnection connection = new(address.ConnectionString);
            await connection.OpenAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (NpgsqlException failure)
        {
            return HealthCheckResult.Unhealthy(failure.Message);
        }
    }
}

/// <summary>Healthy when it answers PING; while it loads its file it answers something else.</summary>
internal sealed class RedisAnswers(EndpointReference endpoint, ParameterResource password) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using TcpClient client = new();
            await client.ConnectAsync(endpoint.Host, endpoint.Port, cancellationToken);
            using StreamReader reader = new(client.GetStream(), Encoding.ASCII);
            var secret = await password.GetValueAsync(cancellationToken);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {secret}\r\nPING\r\n"), cancellationToken);
            var signedIn = await reader.ReadLineAsync(cancellationToken);
            var pong = await reader.ReadLineAsync(cancellationToken);
            return (signedIn, pong) is ("+OK", "+PONG") ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"{signedIn} {pong}");
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy(failure.Message);
        }
    }
}
