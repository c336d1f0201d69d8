using AiSaas.Bench.Gateway;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Ingestion.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace AiSaas.Bench.Queue;

/// <summary>Postgres and Redis with the product's settings, and processes' parts on them.</summary>
internal sealed class QueueStage : IAsyncDisposable
{
    private readonly BenchPostgres _postgres;
    private readonly BenchRedis _redis;
    private readonly ConnectionMultiplexer _console;
    private readonly NpgsqlDataSource _owner;
    private readonly IHost _submitter;

    private QueueStage(BenchPostgres postgres, BenchRedis redis, BullMq? peer, ConnectionMultiplexer console)
    {
        (_postgres, _redis, Peer, _console) = (postgres, redis, peer, console);
        _owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres.Owner) { Pooling = true }.ConnectionString);
        _submitter = Host(null, 1);
        Database = _submitter.Services.GetRequiredService<TenantDatabase>();
        Jobs = _submitter.Services.GetRequiredService<JobQueue>();
    }

    public BullMq? Peer { get; }

    public TenantDatabase Database { get; }

    public JobQueue Jobs { get; }

    public static async Task<QueueStage> SetAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var redis = await BenchRedis.StartAsync(cancellation);
        var postgres = await BenchPostgres.StartAsync(arguments.Text("postgres"), cancellation);
        var console = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port},allowAdmin=true,syncTimeout=30000");
        var peer = arguments.Has("bullmq") ? await BullMq.StartAsync(redis.Port, cancellation) : null;
        return new(postgres, redis, peer, console);
    }

    /// <summary>A worker for <see cref="JobKind.Ingest"/>, not started yet.</summary>
    public IHost Worker(int concurrency, Func<JobContext, JobOutcome> run) => Host(run, concurrency);

    public async Task<TenantId> TenantAsync(CancellationToken cancellation)
    {
        var tenant = TenantId.New();
        await ExecuteAsync($"insert into tenants (id, name) values ('{tenant}', 'Bench')", cancellation);
        return tenant;
    }

    /// <summary>Nothing queued, nothing stored.</summary>
    public async Task ClearAsync(CancellationToken cancellation)
    {
        await ExecuteAsync("truncate jobs cascade", cancellation);
        await _console.GetDatabase().ExecuteAsync("FLUSHALL");
    }

    /// <summary>The processor's microseconds so far.</summary>
    public CpuTimes Cpu() => new(
        Environment.CpuUsage.TotalTime.TotalMicroseconds,
        Peer is null ? 0 : ProcessTimes.CpuMicroseconds(Peer.Id),
        ProcessTimes.TreeMicroseconds(_redis.Process.Id),
        _postgres.ServerProcess is { } server ? ProcessTimes.TreeMicroseconds(server) : 0);

    public async Task<double> RedisMiBAsync()
    {
        string info = (string)(await _console.GetDatabase().ExecuteAsync("INFO", "memory"))!;
        string line = info.Split('\n').First(line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        return double.Parse(line.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture) / 1024 / 1024;
    }

    public async Task<double> TableMiBAsync(CancellationToken cancellation)
    {
        await using var command = _owner.CreateCommand("select pg_total_relation_size('jobs') / 1024.0 / 1024.0");
        return (double)(decimal)(await command.ExecuteScalarAsync(cancellation))!;
    }

    public async ValueTask DisposeAsync()
    {
        _submitter.Dispose();
        _console.Dispose();
        await _owner.DisposeAsync();
        if (Peer is not null)
        {
            await Peer.DisposeAsync();
        }

        await _postgres.DisposeAsync();
        await _redis.DisposeAsync();
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var command = _owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private IHost Host(Func<JobContext, JobOutcome>? run, int concurrency)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{PersistenceServices.Connection}"] = _postgres.App,
            [$"ConnectionStrings:{RedisServices.Connection}"] = $"127.0.0.1:{_redis.Port}",
            ["Worker:Queues"] = JobQueues.Ingest,
            [$"Worker:Concurrency:{JobQueues.Ingest}"] = $"{concurrency}",
        });
        builder.AddPersistence();
        builder.AddRedis();
        builder.Services.AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddJobs();
        if (run is not null)
        {
            builder.AddWorker();
            builder.Services.AddSingleton(run);
            builder.Services.AddJobHandler<Handler>(JobKind.Ingest);
        }

        return builder.Build();
    }

    private sealed class Handler(Func<JobContext, JobOutcome> run) : IJobHandler
    {
        public Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation) => Task.FromResult(run(context));
    }
}

/// <summary>Microseconds.</summary>
internal readonly record struct CpuTimes(double Ours, double Peers, double Redis, double Postgres)
{
    public static CpuTimes operator -(CpuTimes end, CpuTimes start) =>
        new(end.Ours - start.Ours, end.Peers - start.Peers, end.Redis - start.Redis, end.Postgres - start.Postgres);

    public static CpuTimes operator /(CpuTimes all, double jobs) => new(all.Ours / jobs, all.Peers / jobs, all.Redis / jobs, all.Postgres / jobs);
}
