using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Jobs;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Jobs;

/// <summary>How rows of <c>jobs</c> are read; the order of columns is that of the statements that use each.</summary>
internal static class JobRows
{
    private const int InfoColumns = 21;

    /// <summary>id, kind, status, progress, attempts, result, error_code, error_detail, created_at, started_at, finished_at, queue, priority,
    /// run_at, max_attempts, stage, cancel_reason, dedupe_key, parent_id, document, its name</summary>
    public static JobInfo ReadInfo(NpgsqlDataReader reader) => new(
        reader.GetGuid(0),
        reader.GetString(1),
        reader.GetString(2) is var status && status == JobStatus.Waiting.Name() ? JobStatus.Running.Name() : status,
        Math.Round(reader.GetFloat(3), 4),
        reader.GetInt32(4),
        reader.IsDBNull(5) ? null : JsonElement.Parse(reader.GetFieldValue<byte[]>(5)),
        ReadFailure(reader, 6),
        reader.GetFieldValue<DateTimeOffset>(8),
        reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9),
        reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10))
    {
        Queue = reader.GetString(11),
        Priority = Enum.GetName((JobPriority)reader.GetInt16(12))?.ToLowerInvariant(),
        RunAt = reader.GetFieldValue<DateTimeOffset>(13),
        MaxAttempts = reader.GetInt32(14),
        Stage = reader.IsDBNull(15) ? null : reader.GetString(15),
        CancelReason = reader.IsDBNull(16) ? null : reader.GetString(16),
        DedupeKey = reader.IsDBNull(17) ? null : reader.GetString(17),
        Parent = reader.IsDBNull(18) ? null : reader.GetGuid(18),
        // Of a payload nothing is shown but which document is meant.
        Document = !reader.IsDBNull(19) && Guid.TryParse(reader.GetString(19), out var document) ? document : null,
        Subject = reader.IsDBNull(20) ? null : reader.GetString(20),
    };

    /// <summary>The same, then how many children it has: in all, active, succeeded, failed, dead, canceled</summary>
    public static JobInfo ReadDetail(NpgsqlDataReader reader) => ReadInfo(reader) with
    {
        Children = Number(reader, 0) == 0
            ? null
            : new(Number(reader, 0), Number(reader, 1), Number(reader, 2), Number(reader, 3), Number(reader, 4), Number(reader, 5)),
    };

    /// <summary>id, tenant_id, queue, priority, run_at, lane</summary>
    public static ReadyJob ReadReady(NpgsqlDataReader reader) => new(
        JobId.From(reader.GetGuid(0)),
        TenantId.From(reader.GetGuid(1)),
        reader.GetString(2),
        (JobPriority)reader.GetInt16(3),
        reader.GetFieldValue<DateTimeOffset>(4),
        reader.IsDBNull(5) ? null : reader.GetString(5));

    /// <summary>id, tenant_id, kind, status, fence, payload, error_code, error_detail, cancel_reason, parent_id</summary>
    public static SettledJob ReadSettled(NpgsqlDataReader reader) => new(
        JobId.From(reader.GetGuid(0)),
        TenantId.From(reader.GetGuid(1)),
        reader.GetString(2),
        JobStatusNames.Parse(reader.GetString(3)),
        reader.GetInt64(4),
        reader.GetFieldValue<byte[]>(5),
        ReadFailure(reader, 6),
        reader.IsDBNull(8) ? null : reader.GetString(8))
    {
        Parent = reader.IsDBNull(9) ? null : JobId.From(reader.GetGuid(9)),
    };

    private static int Number(NpgsqlDataReader reader, int place) => (int)reader.GetInt64(InfoColumns + place);

    private static Failure? ReadFailure(NpgsqlDataReader reader, int code) =>
        reader.IsDBNull(code) ? null : new Failure(reader.GetString(code), reader.GetString(code + 1));
}
