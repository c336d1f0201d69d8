using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace AiSaas.Core.Persistence;

public static class PersistenceServices
{
    /// <summary>The name of the connection that api and workers use; its role is not the owner.</summary>
    public const string Connection = "aisaas";

    /// <summary>Postgres by SQL and by entities, over one pool, from the connection string <c>aisaas</c>.</summary>
    public static IHostApplicationBuilder AddPersistence(this IHostApplicationBuilder builder)
    {
        var source = DataSource(builder.Configuration.GetConnectionString(Connection)
            ?? throw new InvalidOperationException($"ConnectionStrings:{Connection} is not set: start the product by its AppHost (./run)."));
        builder.Services.AddSingleton(source);
        builder.Services.TryAddSingleton<TenantDatabase>();
        builder.AddNpgsqlDbContext<AiSaasDb>(
            Connection,
            // Transactions are ours (the tenant is set in them), and a retried transaction needs its caller.
            settings => settings.DisableRetry = true,
            options => options.UseNpgsql(source, npgsql => npgsql.UseVector()));
        return builder;
    }

    /// <summary>A pool as the product uses it: vectors mapped, statements prepared after their second use, no wait without end.</summary>
    public static NpgsqlDataSource DataSource(string connectionString)
    {
        NpgsqlConnectionStringBuilder connection = new(connectionString)
        {
            MaxAutoPrepare = 100,
            Timeout = 10,
            CommandTimeout = 30,
            MaxPoolSize = 40,
            // What resets a session would be sent in front of the next user's first statement, and while its answer is under way Npgsql
            // puts a cancellation off: to the thread that reads, which then blocks for a second connection.
            // Nothing here leaves anything in a session: what is set is set for a transaction.
            NoResetOnClose = true,
        };
        NpgsqlDataSourceBuilder builder = new(connection.ConnectionString);
        builder.UseVector();
        return builder.Build();
    }
}
