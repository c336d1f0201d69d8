using System.Globalization;
using AiSaas.Bench.Gateway;
using Npgsql;

namespace AiSaas.Bench.Streams;

/// <summary>Stores, two replicas of the api, a tenant with a key and a conversation, and as many runs as are wanted.</summary>
internal sealed class StreamsStage : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _started = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aisaas-bench-");
    private int _files;

    private StreamsStage(BenchPostgres postgres, BenchRedis redis) => (Postgres, Redis) = (postgres, redis);

    public BenchPostgres Postgres { get; }

    public BenchRedis Redis { get; }

    public ApiServer Api { get; private set; } = null!;

    public string Settings { get; private set; } = "";

    public string Key { get; private set; } = "";

    public Guid Tenant { get; private set; }

    public static async Task<StreamsStage> SetAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        StreamsStage stage = new(
            await BenchPostgres.StartAsync(arguments.Text("postgres"), cancellation), await BenchRedis.StartAsync(cancellation));
        stage._started.Push(stage.Postgres);
        stage._started.Push(stage.Redis);
        try
        {
            stage.Settings = await ApiServer.WriteSettingsAsync(stage._folder.FullName, FreePort.Next(), cancellation);
            stage.Api = await stage.ReplicaAsync(arguments.Text("api-env"), cancellation);
            stage.Key = await ApiTenant.RegisterAsync(stage.Api.Address, cancellation);
            await using var source = NpgsqlDataSource.Create(stage.Postgres.Owner);
            await using var command = source.CreateCommand("select id from tenants");
            stage.Tenant = (Guid)(await command.ExecuteScalarAsync(cancellation))!;
            return stage;
        }
        catch
        {
            await stage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Another process of the api.</summary>
    public async Task<ApiServer> ReplicaAsync(string? environment, CancellationToken cancellation)
    {
        var api = await ApiServer.StartAsync(Postgres, Redis, Settings, environment, cancellation);
        _started.Push(api);
        return api;
    }

    /// <summary>Runs under way in Postgres, as their questions would have left them.</summary>
    /// <returns>A file with their ids, each <paramref name="readers"/> times.</returns>
    public async Task<string> RunsAsync(int count, int readers, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(Postgres.Owner);
        await using var command = source.CreateCommand(
            """
            with mine as (select m.tenant_id, m.user_id from memberships m limit 1),
            conversation as (
                insert into conversations (id, tenant_id, user_id) select gen_random_uuid(), tenant_id, user_id from mine returning *),
            ids as materialized (
                select position, gen_random_uuid() as run, gen_random_uuid() as message from generate_series(1, $1) position),
            answers as (
                insert into messages (id, tenant_id, conversation_id, position, role, status, run_id)
                select ids.message, c.tenant_id, c.id, ids.position, 'assistant', 'streaming', ids.run from conversation c, ids)
            insert into runs (id, tenant_id, user_id, conversation_id, message_id, job_id, status)
            select ids.run, c.tenant_id, c.user_id, c.id, ids.message, gen_random_uuid(), 'running' from conversation c, ids returning id
            """);
        command.Parameters.AddWithValue(count);
        List<string> ids = [];
        await using (var rows = await command.ExecuteReaderAsync(cancellation))
        {
            while (await rows.ReadAsync(cancellation))
            {
                ids.AddRange(Enumerable.Repeat(rows.GetGuid(0).ToString(), readers));
            }
        }

        return await FileAsync(ids, cancellation);
    }

    public async Task<string> FileAsync(IEnumerable<string> lines, CancellationToken cancellation)
    {
        string path = Path.Combine(_folder.FullName, $"runs-{++_files}.txt");
        await File.WriteAllLinesAsync(path, lines, cancellation);
        return path;
    }

    public ChildProcess Produce(string runs, int rate, int chunks) => Child(
        StreamProducer.Command, $"{Redis.Port}", $"{Tenant}", runs, Text(rate), Text(chunks));

    public ChildProcess Read(string runs, int chunks, int counted, ApiServer? from = null) => Child(
        StreamClient.Command, Text((from ?? Api).Port), Key, runs, Text(chunks), Text(counted));

    /// <summary>A worker for questions and documents, as users run it.</summary>
    public ChildProcess Work()
    {
        string own = AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar);
        string program = Path.Combine(own.Replace("AiSaas.Bench", "AiSaas.Ingestion", StringComparison.Ordinal), "AiSaas.Ingestion.dll");
        return ChildProcess.Start(
            "dotnet", [program], ("ASPNETCORE_URLS", "http://127.0.0.1:0"), ("ASPNETCORE_ENVIRONMENT", "Production"), ("AISAAS_SETTINGS", Settings),
            ("Worker__Queues", "ingest,maintenance,chat"), ("ConnectionStrings__aisaas", Postgres.App), ("ConnectionStrings__redis", $"127.0.0.1:{Redis.Port}"));
    }

    public async ValueTask DisposeAsync()
    {
        while (_started.TryPop(out var one))
        {
            await one.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private static ChildProcess Child(params string[] arguments) =>
        ChildProcess.Start("dotnet", [typeof(StreamsStage).Assembly.Location, .. arguments], (SocketMode.Variable, "1"));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
