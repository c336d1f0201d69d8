using System.Text.Json;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Jobs;
using AiSaas.Core.Tenancy;
using Npgsql;

namespace AiSaas.Core.Jobs;

/// <summary>How rows of <c>jobs</c> are read; the order of columns is that of the statements that use each.</summary>
internal static class JobRows
{
    /// <summary>id, kind, status, progress, attempts, result, error_code, error_detail, created_at, started_at, finished_at</summary>
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
        reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10));

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

    private static Failure? ReadFailure(NpgsqlDataReader reader, int code) =>
        reader.IsDBNull(code) ? null : new Failure(reader.GetString(code), reader.GetString(code + 1));
}
