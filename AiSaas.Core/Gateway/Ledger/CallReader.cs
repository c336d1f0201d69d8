using System.Text.Json;
using AiSaas.Contracts;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Gateway;
using AiSaas.Core.Chat;
using AiSaas.Core.Persistence;
using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Gateway.Ledger;

/// <summary>Which calls to list. Null means any.</summary>
public sealed record CallFilter
{
    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? To { get; init; }

    /// <summary>A user's id, or the label of a caller's own end user.</summary>
    public string? User { get; init; }

    public Guid? Key { get; init; }

    public string? Feature { get; init; }

    /// <summary>As asked for, or as the provider calls it.</summary>
    public string? Model { get; init; }

    public string? Provider { get; init; }

    public string? Status { get; init; }

    public string? Conversation { get; init; }
}

/// <summary>Reads the ledger's rows, the newest first.</summary>
public sealed class CallReader(TenantDatabase database)
{
    private const string Columns =
        """
        id, at, user_id, end_user, key_id, feature, conversation, api, model, provider, provider_model, status, http_status, error,
        streamed, input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, estimated, priced, cost_nanos,
        saved_nanos, cache, first_token_ms, duration_ms
        """;

    /// <param name="tenant">Whose calls.</param>
    /// <param name="filter">Which of them.</param>
    /// <param name="after">The last one of the page before.</param>
    /// <param name="limit">Of the page.</param>
    /// <param name="cancellation">Cancels the query.</param>
    public async Task<Page<CallSummary>> ListAsync(TenantId tenant, CallFilter filter, CallId? after, int limit, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var rows = await work.QueryAsync(
            $"""
            select {Columns} from model_calls
            where tenant_id = $1 and ($2::uuid is null or id < $2) and ($4::timestamptz is null or at >= $4) and ($5::timestamptz is null or at < $5)
                and ($6::text is null or coalesce(end_user, user_id::text) = $6) and ($7::uuid is null or key_id = $7)
                and ($8::text is null or feature = $8) and ($9::text is null or model = $9 or provider_model = $9)
                and ($10::text is null or provider = $10) and ($11::text is null or status = $11) and ($12::text is null or conversation = $12)
            order by id desc limit $3
            """,
            Summary, cancellation, tenant, SqlParameter.Typed(NpgsqlDbType.Uuid, after?.Value), limit + 1,
            SqlParameter.Typed(NpgsqlDbType.TimestampTz, filter.From?.UtcDateTime), SqlParameter.Typed(NpgsqlDbType.TimestampTz, filter.To?.UtcDateTime),
            SqlParameter.Typed(NpgsqlDbType.Text, filter.User), SqlParameter.Typed(NpgsqlDbType.Uuid, filter.Key),
            SqlParameter.Typed(NpgsqlDbType.Text, filter.Feature), SqlParameter.Typed(NpgsqlDbType.Text, filter.Model),
            SqlParameter.Typed(NpgsqlDbType.Text, filter.Provider), SqlParameter.Typed(NpgsqlDbType.Text, filter.Status),
            SqlParameter.Typed(NpgsqlDbType.Text, filter.Conversation));
        return rows.Count > limit ? new([.. rows.Take(limit)], rows[limit - 1].Id.ToString()) : new(rows);
    }

    /// <returns>Null when the workspace has no such call.</returns>
    public async Task<CallDetail?> FindAsync(TenantId tenant, CallId call, CancellationToken cancellation)
    {
        await using var work = await database.BeginAsync(tenant, cancellation);
        var rows = await work.QueryAsync(
            $"select {Columns}, kind, price_version, trace_id, attempts::text from model_calls where tenant_id = $1 and id = $2",
            row => new CallDetail(
                Summary(row), Text(row, 27), row.GetString(28), Text(row, 29),
                JsonSerializer.Deserialize(row.GetString(30), ContractsJson.Default.IReadOnlyListCallAttempt) ?? []),
            cancellation, tenant, call);
        return rows is [var found] ? found : null;
    }

    private static CallSummary Summary(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetGuid(2), Text(row, 3), row.IsDBNull(4) ? null : row.GetGuid(4),
        row.GetString(5), Text(row, 6), row.GetString(7), row.GetString(8), Text(row, 9), Text(row, 10), row.GetString(11), row.GetInt32(12),
        Text(row, 13), row.GetBoolean(14), row.GetInt64(15), row.GetInt64(16), row.GetInt64(17), row.GetInt64(18), row.GetInt64(19),
        row.GetBoolean(20), row.GetBoolean(21), MessageReader.Dollars(row.GetInt64(22)), MessageReader.Dollars(row.GetInt64(23)), row.GetString(24),
        row.IsDBNull(25) ? null : row.GetInt32(25), row.GetInt32(26));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
