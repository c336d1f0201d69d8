using System.Collections.Concurrent;
using AiSaas.Core.Chat;
using AiSaas.Core.Redis;
using AiSaas.Core.Runs;
using AiSaas.Core.Tenancy;
using AiSaas.Tests.Infrastructure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace AiSaas.Tests.Runs;

/// <summary>A process that writes and reads run logs, with a Postgres that says what the test tells it.</summary>
internal sealed class RunsHost : IDisposable
{
    private readonly IHost _host;

    private RunsHost(IHost host) => _host = host;

    public RunLog Log => _host.Services.GetRequiredService<RunLog>();

    public RunLogReader Reader => _host.Services.GetRequiredService<RunLogReader>();

    public RedisClient Redis => _host.Services.GetRequiredService<RedisClient>();

    public KnownRuns Runs => _host.Services.GetRequiredService<KnownRuns>();

    public static RunsHost Create(Stack stack, TimeProvider? time = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(stack.Settings());
        builder.Services.AddSingleton(time ?? TimeProvider.System);
        builder.AddRedis();
        builder.Services.AddLogging();
        builder.Services.AddRuns();
        builder.Services.AddSingleton<KnownRuns>();
        builder.Services.AddSingleton<IRunFallback>(provider => provider.GetRequiredService<KnownRuns>());
        return new RunsHost(builder.Build());
    }

    public Task FlushAsync() => Redis.CallAsync("FLUSHALL", database => database.ExecuteAsync("FLUSHALL"), CancellationToken.None);

    public async Task<bool> ReachableAsync()
    {
        try
        {
            return await Redis.CallAsync("PING", database => database.PingAsync(), CancellationToken.None) > TimeSpan.Zero;
        }
        catch (RedisUnavailableException)
        {
            return false;
        }
    }

    public void Dispose() => _host.Dispose();
}

/// <summary>Every run is under way unless the test settled it.</summary>
internal sealed class KnownRuns : IRunFallback
{
    private readonly ConcurrentDictionary<RunId, RunSnapshot> _settled = [];

    public void Settle(RunId run, params Core.Runs.Parts.StreamPart[] parts) => _settled[run] = new RunSnapshot(true, parts);

    public Task<RunSnapshot?> FindAsync(TenantId tenant, RunId run, CancellationToken cancellation) =>
        Task.FromResult<RunSnapshot?>(_settled.GetValueOrDefault(run) ?? new RunSnapshot(false, []));
}
