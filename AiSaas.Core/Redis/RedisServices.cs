using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace AiSaas.Core.Redis;

public static class RedisServices
{
    /// <summary>The name of the connection string.</summary>
    public const string Connection = "redis";

    /// <summary>Redis from the connection string <c>redis</c>. The process starts without it and finds it when it comes.</summary>
    public static IHostApplicationBuilder AddRedis(this IHostApplicationBuilder builder)
    {
        string address = builder.Configuration.GetConnectionString(Connection)
            ?? throw new InvalidOperationException($"ConnectionStrings:{Connection} is not set: start the product by its AppHost (./run).");
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(Options(address)));
        builder.Services.TryAddSingleton<RedisClient>();
        builder.Services.TryAddSingleton<ChangeSignals>();
        builder.Services.AddHealthChecks().AddCheck<RedisHealthCheck>("redis");
        return builder;
    }

    internal static ConfigurationOptions Options(string address)
    {
        var options = ConfigurationOptions.Parse(address);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = 2000;
        options.SyncTimeout = 1000;
        options.KeepAlive = 10;
        options.ReconnectRetryPolicy = new LinearRetry(500);
        return options;
    }
}
