using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Persistence;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Uploads;

/// <summary>The table <c>uploads</c>.</summary>
internal static class UploadRows
{
    /// <summary>How long a connection holds an upload without being heard of. It says so at least every few seconds.</summary>
    public const int LeaseSeconds = 30;

    private const string Columns = """
        id, collection_id, file_id, name, metadata, keep_duplicates, bytes, received, outcome::text, created_by, expires_at, expires_at <= now()
        """;

    public static async Task<Upload?> FindAsync(TenantWork work, UploadId id, bool locked, CancellationToken cancellation)
    {
        var found = await work.QueryAsync(
            $"select {Columns} from uploads where tenant_id = $1 and id = $2{(locked ? " for update" : "")}", Read, cancellation, work.Tenant, id);
        return found is [var upload] ? upload : null;
    }

    public static Task<int> InsertAsync(
        TenantWork work, UploadId id, NewUpload asked, string name, FileId file, UserId by, TimeSpan lifetime, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            insert into uploads (id, tenant_id, collection_id, file_id, name, metadata, keep_duplicates, bytes, created_by, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10)
            """,
            cancellation, id, work.Tenant, asked.Collection, file, name, SqlParameter.Typed(NpgsqlDbType.Text, asked.Metadata), asked.KeepDuplicates,
            asked.Bytes, by, lifetime);

    /// <summary>Takes the upload for one connection.</summary>
    /// <returns>False where another has it, or it is not there any more.</returns>
    public static async Task<bool> TakeAsync(TenantWork work, UploadId id, long received, Guid writer, CancellationToken cancellation) =>
        await work.ExecuteAsync(
            $"""
            update uploads set writer = $4, writer_until = now() + interval '{LeaseSeconds} seconds'
            where tenant_id = $1 and id = $2 and received = $3 and outcome is null and expires_at > now()
                and (writer is null or writer_until < now())
            """,
            cancellation, work.Tenant, id, received, writer) == 1;

    public static Task<int> ReleaseAsync(TenantWork work, UploadId id, Guid writer, CancellationToken cancellation) =>
        work.ExecuteAsync(
            "update uploads set writer = null, writer_until = null where tenant_id = $1 and id = $2 and writer = $3",
            cancellation, work.Tenant, id, writer);

    /// <returns>False where the upload was taken over, or is gone.</returns>
    public static async Task<bool> AdvanceAsync(
        TenantWork work, UploadId id, Guid writer, long from, long to, TimeSpan lifetime, CancellationToken cancellation) =>
        await work.ExecuteAsync(
            $"""
            update uploads set received = $5, writer_until = now() + interval '{LeaseSeconds} seconds', expires_at = now() + $6
            where tenant_id = $1 and id = $2 and writer = $3 and received = $4
            """,
            cancellation, work.Tenant, id, writer, from, to, lifetime) == 1;

    public static Task<int> SettleAsync(
        TenantWork work, UploadId id, Contracts.Documents.UploadedDocument outcome, TimeSpan lifetime, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            update uploads set outcome = $3, document_id = $4, file_id = null, writer = null, writer_until = null, expires_at = now() + $5
            where tenant_id = $1 and id = $2
            """,
            cancellation, work.Tenant, id, SqlParameter.Json(JsonSerializer.Serialize(outcome, ContractsJson.Default.UploadedDocument)), outcome.Id,
            lifetime);

    private static Upload Read(NpgsqlDataReader row) => new(
        UploadId.From(row.GetGuid(0)), CollectionId.From(row.GetGuid(1)), row.IsDBNull(2) ? null : FileId.From(row.GetGuid(2)), row.GetString(3),
        row.IsDBNull(4) ? null : row.GetString(4), row.GetBoolean(5), row.GetInt64(6), row.GetInt64(7),
        row.IsDBNull(8) ? null : JsonSerializer.Deserialize(row.GetString(8), ContractsJson.Default.UploadedDocument),
        row.IsDBNull(9) ? null : UserId.From(row.GetGuid(9)), row.GetFieldValue<DateTimeOffset>(10), row.GetBoolean(11));
}
