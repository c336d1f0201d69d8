using System.Diagnostics;
using System.Globalization;
using AiSaas.Bench.Crash;
using AiSaas.Bench.Gateway;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Core.Redis;
using AiSaas.Core.Tenancy;
using AiSaas.Ingestion.Chunking;
using AiSaas.Ingestion.Documents;
using AiSaas.Ingestion.Parsing;
using AiSaas.Ingestion.Parsing.Formats;
using AiSaas.Llm.Local;
using AiSaas.Llm.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Bench.Ingest;

/// <summary>Postgres, Redis and workers of the product as processes; documents are brought as an upload brings them.</summary>
internal sealed class IngestStage : IAsyncDisposable
{
    private readonly BenchPostgres _postgres;
    private readonly BenchRedis _redis;
    private readonly IHost _host;
    private readonly NpgsqlDataSource _owner;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("aisaas-ingest-");

    private IngestStage(BenchPostgres postgres, BenchRedis redis)
    {
        (_postgres, _redis) = (postgres, redis);
        _owner = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres.Owner) { Pooling = true, CommandTimeout = 0 }.ConnectionString);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"ConnectionStrings:{PersistenceServices.Connection}"] = postgres.App,
            [$"ConnectionStrings:{RedisServices.Connection}"] = $"127.0.0.1:{redis.Port}",
            ["Limits:MaxUploadBytes"] = $"{4L << 30}",
        });
        builder.AddPersistence();
        builder.AddRedis();
        builder.AddTenancy();
        builder.Services.AddLogging(logging => logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Warning));
        builder.Services.AddJobs();
        builder.Services.AddDocuments();
        _host = builder.Build();
    }

    public string Folder => _folder.FullName;

    public static async Task<IngestStage> SetAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        var redis = await BenchRedis.StartAsync(cancellation);
        return new(await BenchPostgres.StartAsync(arguments.Text("postgres"), cancellation), redis);
    }

    public async Task<TenantId> TenantAsync(CancellationToken cancellation)
    {
        var tenant = TenantId.New();
        await ExecuteAsync(
            $"""
            insert into tenants (id, name) values ('{tenant}', 'Bench');
            insert into users (id, email) values ('{tenant}', '{tenant}@example.com');
            insert into collections (id, tenant_id, name) values ('{tenant}', '{tenant}', 'Bench');
            insert into tenant_spaces (tenant_id, space) values ('{tenant}', '{LocalModels.UseLite}')
            """,
            cancellation);
        return tenant;
    }

    /// <summary>COPYs a file's lines into a table without a wall.</summary>
    /// <param name="file">Whose lines are its rows.</param>
    /// <param name="indexed">With an index of the words, as Postgres makes one by itself; without it, with none at all.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Seconds, of the clock and of Postgres' processors; the better of two runs each.</returns>
    public async Task<(double Seconds, double Cpu)> CopyAsync(string file, bool indexed, CancellationToken cancellation)
    {
        double best = double.MaxValue, least = double.MaxValue;
        string table = indexed
            ? """
              create table plain_copy (line text, words tsvector generated always as (to_tsvector('english', line)) stored);
              create index on plain_copy using gin (words)
              """
            : "create table plain_copy (line text)";
        for (int run = 0; run < (indexed ? 1 : 2); run++)
        {
            await ExecuteAsync($"drop table if exists plain_copy; {table}", cancellation);
            await using var connection = await _owner.OpenConnectionAsync(cancellation);
            double cpu = PostgresCpu();
            long started = Stopwatch.GetTimestamp();
            await using (var copy = await connection.BeginTextImportAsync("copy plain_copy (line) from stdin", cancellation))
            {
                await using var content = File.OpenRead(file);
                using StreamReader reader = new(content, bufferSize: 1 << 20);
                char[] buffer = new char[1 << 20];
                for (int read; (read = await reader.ReadAsync(buffer, cancellation)) > 0;)
                {
                    await copy.WriteAsync(buffer.AsMemory(0, read), cancellation);
                }
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalSeconds);
            least = Math.Min(least, PostgresCpu() - cpu);
        }

        await ExecuteAsync("drop table plain_copy", cancellation);
        return (best, least);
    }

    /// <summary>COPYs the rows that a workspace's newest document left into the same tables for another workspace.</summary>
    public async Task<CopiedRows> CopyRowsAsync(TenantId tenant, CancellationToken cancellation)
    {
        var other = await TenantAsync(cancellation);
        await ExecuteAsync("checkpoint", cancellation);
        return await new RowCopy(_owner, Folder, PostgresCpu).RunAsync(tenant, other, cancellation);
    }

    /// <summary>Puts a vector of every passage that a file will have into the workspace's cache, as if it had been embedded before.</summary>
    public async Task<int> RememberAsync(TenantId tenant, string name, string file, CancellationToken cancellation)
    {
        // Whose bytes are others, so that nothing but vectors is reused.
        var before = DocumentId.New();
        await ExecuteAsync(
            $"""
            insert into documents (id, tenant_id, collection_id, name, content_type, bytes, sha256, status, stage)
            values ('{before.Value}', '{tenant}', '{tenant}', 'before', 'text/plain', 0, '', 'failed', 'failed')
            """,
            cancellation);
        Random random = new(3);
        string[] vectors = [.. Enumerable.Range(0, 64).Select(_ => Vector(random))];
        await using var connection = await _owner.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (NpgsqlCommand make = new("create temp table remembered (hash bytea, vector int) on commit drop", connection))
        {
            await make.ExecuteNonQueryAsync(cancellation);
        }

        int count = 0;
        await using (var copy = await connection.BeginBinaryImportAsync("copy remembered from stdin binary", cancellation))
        {
            async Task RowsAsync(IEnumerable<TextChunk> passages)
            {
                foreach (var passage in passages)
                {
                    await copy.StartRowAsync(cancellation);
                    await copy.WriteAsync(EmbeddedText.Hash(EmbeddedText.Of(passage.Header, passage.Text)), NpgsqlDbType.Bytea, cancellation);
                    await copy.WriteAsync(count++ % vectors.Length, NpgsqlDbType.Integer, cancellation);
                }
            }

            Chunker chunker = new(Path.GetFileNameWithoutExtension(name), new ChunkingOptions(), new ApproximateTokenCounter());
            PlainTextParser parser = new(Microsoft.Extensions.Options.Options.Create(new ParsingOptions()));
            await foreach (var page in parser.ParseAsync(new ParserInput(file, name), cancellation))
            {
                await RowsAsync(chunker.Next(page.Number, page.Text, page.Blocks));
            }

            await RowsAsync(chunker.End());
            await copy.CompleteAsync(cancellation);
        }

        await using NpgsqlCommand fill = new(
            """
            insert into embedding_cache (tenant_id, space, hash, document_id, embedding)
            select distinct on (hash) $1, $2, hash, $3, ($4::text[])[vector + 1]::halfvec from remembered order by hash on conflict do nothing
            """,
            connection)
        { CommandTimeout = 0 };
        fill.Parameters.AddWithValue(tenant.Value);
        fill.Parameters.AddWithValue(LocalModels.UseLite);
        fill.Parameters.AddWithValue(before.Value);
        fill.Parameters.AddWithValue(vectors);
        await fill.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return count;
    }

    /// <summary>Uploads files, then starts a worker and waits until all of them are ready.</summary>
    public async Task<IngestRun> IngestAsync(TenantId tenant, IReadOnlyList<(string Name, string File)> files, CancellationToken cancellation)
    {
        await BringAsync(tenant, files, cancellation);
        await ExecuteAsync("checkpoint", cancellation);
        await using var worker = await WorkAsync(cancellation);
        double peak = 0, postgres = PostgresCpu();
        while (true)
        {
            peak = Math.Max(peak, PeakMiB(worker.Process));
            await using var command = _owner.CreateCommand(
                """
                select count(*) filter (where status in ('succeeded', 'failed', 'dead')), count(*) filter (where status in ('failed', 'dead')), count(*),
                    extract(epoch from max(finished_at) - min(started_at))::float8,
                    (select coalesce(sum(d.chunks), 0)::int from documents d where d.tenant_id = $1 and d.status = 'ready'),
                    (select extract(epoch from min(l.at) - min(j.started_at))::float8 from job_logs l join jobs j on j.id = l.job_id
                        where j.tenant_id = $1 and l.line like 'It has %' and j.id = any(array(select job_id from documents where tenant_id = $1 order by id desc limit 1)))
                from jobs where tenant_id = $1 and id = any(array(select job_id from documents where tenant_id = $1 order by id desc limit $2))
                """);
            command.Parameters.AddWithValue(tenant.Value);
            command.Parameters.AddWithValue(files.Count);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            await reader.ReadAsync(cancellation);
            if (reader.GetInt64(1) > 0)
            {
                throw new IOException($"A document was not ingested. The worker says:\n{worker.Output}");
            }

            // The log follows within a second or two.
            if (reader.GetInt64(0) == reader.GetInt64(2) && !reader.IsDBNull(5))
            {
                return new(
                    reader.GetDouble(3), reader.GetDouble(5), reader.GetInt32(4), Math.Max(peak, PeakMiB(worker.Process)),
                    ProcessTimes.TreeMicroseconds(worker.Process) / 1e6, PostgresCpu() - postgres);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, cancellation);
        }
    }

    public async Task<ServiceProcess> WorkAsync(CancellationToken cancellation)
    {
        var worker = ServiceProcess.Start("AiSaas.Ingestion", 1, Environment());
        await worker.ListensAsync(cancellation);
        return worker;
    }

    public Task<DeletionReceipt?> DeleteAsync(TenantId tenant, DocumentId document, CancellationToken cancellation) =>
        _host.Services.GetRequiredService<DeleteDocuments>().DocumentAsync(tenant, document, cancellation);

    /// <summary>The first row of a query of the superuser's.</summary>
    public async Task<object?[]> RowAsync(string sql, CancellationToken cancellation)
    {
        await using var command = _owner.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return [.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))];
    }

    public async ValueTask DisposeAsync()
    {
        _host.Dispose();
        await _owner.DisposeAsync();
        await _postgres.DisposeAsync();
        await _redis.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    /// <summary>Uploads files: their jobs wait for a worker.</summary>
    public async Task<IReadOnlyList<DocumentId>> BringAsync(TenantId tenant, IReadOnlyList<(string Name, string File)> files, CancellationToken cancellation)
    {
        var upload = _host.Services.GetRequiredService<UploadDocuments>();
        List<ReceivedFile> received = [];
        foreach (var (name, file) in files)
        {
            await using var content = File.OpenRead(file);
            var taken = await upload.ReceiveAsync(tenant, name, content, cancellation);
            received.Add(taken.Failure is null ? taken : throw new IOException(taken.Failure.Detail));
        }

        var accepted = await upload.AcceptAsync(tenant, new UserId(tenant.Value), CollectionId.From(tenant.Value), received, keepDuplicates: true, cancellation)
            ?? throw new IOException("The collection is gone.");
        return [.. accepted.Select(document => DocumentId.From(document.Id))];
    }

    private List<(string, string)> Environment() =>
    [
        ("ConnectionStrings__aisaas", _postgres.App), ("ConnectionStrings__redis", $"127.0.0.1:{_redis.Port}"), ("Worker__Queues", "ingest"),
        ("Ingestion__ScratchFolder", Path.Combine(Folder, "scratch")), ("Logging__LogLevel__Default", "Warning"),
        ("Gateway__Ledger__JournalFolder", Path.Combine(Folder, "journal")),
    ];

    public double PostgresCpu() => _postgres.ServerProcess is { } server ? ProcessTimes.TreeMicroseconds(server) / 1e6 : double.NaN;

    private async Task ExecuteAsync(string sql, CancellationToken cancellation)
    {
        await using var command = _owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static string Vector(Random random) =>
        $"[{string.Join(',', Enumerable.Range(0, 512).Select(_ => ((random.NextDouble() - 0.5) / 8).ToString("F5", CultureInfo.InvariantCulture)))}]";

    // The most that it ever had, as the kernel counts.
    public static double PeakMiB(int process)
    {
        string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) / 1024;
    }
}

/// <param name="Seconds">From the first job's start to the last one's end.</param>
/// <param name="SecondsToIndex">Until pages and passages were written.</param>
/// <param name="PeakMiB">The worker's resident memory at its highest.</param>
/// <param name="WorkerCpu">Seconds of its processors, its start and the programs it ran included.</param>
/// <param name="PostgresCpu">The same of Postgres.</param>
internal sealed record IngestRun(double Seconds, double SecondsToIndex, int Passages, double PeakMiB, double WorkerCpu, double PostgresCpu);
