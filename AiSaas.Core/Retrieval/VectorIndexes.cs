using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Core.Retrieval;

/// <summary>Gives each large tenant an HNSW index of its own, and takes it away when the tenant has shrunk or gone.</summary>
/// <remarks>
/// 1. Drop what belongs to nobody: indexes of deleted tenants, builds that were interrupted.
/// 2. Drop those of tenants that shrank below half the threshold; the gap keeps one that grows and shrinks from being built again and again.
/// 3. Build what is missing, one at a time, without blocking writers; search goes on comparing with every vector until it is ready.
/// Needs the tables' owner: building an index is nothing that the services' role may do. One process at a time does it (advisory lock).
/// </remarks>
public sealed partial class VectorIndexes(NpgsqlDataSource owner, IOptions<VectorIndexOptions> settings, ILogger<VectorIndexes> logger)
{
    private readonly VectorIndexOptions _options = settings.Value;

    private const long Lock = 0x41695361_6878; // "AiSahx"
    private const string Prefix = "vector_passages_hnsw_";

    /// <returns>How many indexes were built or dropped; null where another process is at it.</returns>
    public async Task<int?> KeepAsync(CancellationToken cancellation)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellation);
        if (!await ScalarAsync<bool>(connection, $"select pg_try_advisory_lock({Lock})", cancellation))
        {
            return null;
        }

        try
        {
            return await DropAsync(connection, cancellation) + await BuildAsync(connection, cancellation);
        }
        finally
        {
            await ExecuteAsync(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    private async Task<int> DropAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // Not ready means that its build has ended with the process that ran it: this one holds the lock.
        await using (NpgsqlCommand forget = new(
            """
            delete from vector_indexes i where not ready
                or (select count(*) from (select from vector_passages v where v.tenant_id = i.tenant_id and v.space = i.space limit $1) n) < $1
            """,
            connection))
        {
            forget.CommandTimeout = Seconds;
            forget.Parameters.AddWithValue(Math.Max(1, _options.Threshold / 2));
            await forget.ExecuteNonQueryAsync(cancellation);
        }

        var orphans = await NamesAsync(
            connection,
            $"""
            select c.relname from pg_index x join pg_class c on c.oid = x.indexrelid
            where x.indrelid = 'vector_passages'::regclass and c.relname like '{Prefix}%'
                and not (x.indisvalid and exists (select from vector_indexes i where '{Prefix}' || i.number = c.relname and i.ready))
            """,
            cancellation);
        foreach (string orphan in orphans)
        {
            await ExecuteAsync(connection, $"drop index concurrently if exists {orphan}", cancellation);
            Log.Dropped(logger, orphan);
        }

        return orphans.Count;
    }

    private async Task<int> BuildAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        int built = 0;
        foreach (var due in await DueAsync(connection, cancellation))
        {
            int number = await ScalarAsync<int>(
                connection,
                "insert into vector_indexes (tenant_id, space, dimensions, vectors) values ($1, $2, $3, $4) returning number",
                cancellation, due.Tenant, due.Space, due.Dimensions, due.Vectors);
            long started = Stopwatch.GetTimestamp();
            Log.Building(logger, due.Vectors, due.Dimensions, number);
            await PrepareAsync(connection, due, cancellation);
            // Identifiers and predicates take no parameters; format() quotes.
            string sql = await ScalarAsync<string>(
                connection,
                $"""
                select format('create index concurrently {Prefix}{number} on vector_passages using hnsw ((embedding::halfvec({due.Dimensions})) halfvec_cosine_ops) '
                    || 'with (m = {_options.Links}, ef_construction = {_options.BuildWidth}) where tenant_id = %L and space = %L', $1, $2)
                """,
                cancellation, due.Tenant, due.Space) ?? throw new InvalidOperationException("format() gave nothing.");
            await ExecuteAsync(connection, sql, cancellation);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            await ScalarAsync<object>(
                connection, "update vector_indexes set ready = true, seconds = $2 where number = $1", cancellation, number, (float)seconds);
            Log.Built(logger, number, seconds);
            built++;
        }

        return built;
    }

    private async Task<List<Due>> DueAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        // The lexicons' counts say cheaply who can be large at all; a vector has a passage of words.
        await using NpgsqlCommand command = new(
            """
            select n.tenant_id, n.space, n.vectors, e.dimensions
            from (select tenant_id from lexicons group by 1 having sum(passages) >= $1) t
                cross join lateral (
                    select v.tenant_id, v.space, count(*) vectors from vector_passages v where v.tenant_id = t.tenant_id group by 1, 2) n
                join embedding_spaces e on e.id = n.space
            where n.vectors >= $1 and not exists (select from vector_indexes i where i.tenant_id = n.tenant_id and i.space = n.space)
            order by n.vectors
            """,
            connection);
        command.CommandTimeout = Seconds;
        command.Parameters.AddWithValue((long)_options.Threshold);
        List<Due> due = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            due.Add(new(reader.GetGuid(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt32(3)));
        }

        return due;
    }

    private async Task PrepareAsync(NpgsqlConnection connection, Due due, CancellationToken cancellation)
    {
        // The graph is built in memory: two bytes a dimension, its links, and what Postgres needs around them.
        long megabytes = due.Vectors * ((2 * due.Dimensions) + (20 * _options.Links) + 150) / 1_000_000;
        long memory = Math.Clamp(megabytes * 5 / 4, 64, _options.MemoryMb);
        // pgvector before 0.8.2 can overflow a buffer when it builds with several workers.
        bool safe = await ScalarAsync<bool>(
            connection, "select string_to_array(extversion, '.')::int[] >= '{0,8,2}' from pg_extension where extname = 'vector'", cancellation);
        await ExecuteAsync(
            connection,
            string.Create(
                CultureInfo.InvariantCulture,
                $"set maintenance_work_mem = '{memory}MB'; set max_parallel_maintenance_workers = {(safe ? 2 : 0)}; set statement_timeout = 0; set lock_timeout = 0"),
            cancellation);
    }

    private int Seconds => (int)_options.BuildTimeout.TotalSeconds;

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = Seconds };
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private async Task<T?> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] arguments)
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = Seconds };
        foreach (object argument in arguments)
        {
            command.Parameters.AddWithValue(argument);
        }

        return await command.ExecuteScalarAsync(cancellation) is T value ? value : default;
    }

    private async Task<List<string>> NamesAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = Seconds };
        List<string> names = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    private sealed record Due(Guid Tenant, string Space, long Vectors, int Dimensions);

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Building vector index {Number}: {Vectors} vectors of {Dimensions} dimensions")]
        public static partial void Building(ILogger logger, long vectors, int dimensions, int number);

        [LoggerMessage(LogLevel.Information, "Vector index {Number} is ready after {Seconds:F0} s")]
        public static partial void Built(ILogger logger, int number, double seconds);

        [LoggerMessage(LogLevel.Information, "Dropped vector index {Name}")]
        public static partial void Dropped(ILogger logger, string name);
    }
}
