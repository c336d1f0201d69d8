using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiSaas.Contracts;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Core.Persistence;
using Npgsql;

namespace AiSaas.Core.Chat;

/// <summary>Reads messages from Postgres into their wire shape.</summary>
internal static class MessageReader
{
    private const string Columns =
        // The cost is all that was spent on the answer, attempts that died with their worker and the rewriting of its question included,
        // as far as the ledger has heard of it.
        """
        id, parent_id, role, status, text, run_id, model, provider, answered, citations, also_found, usage, timings, attempts,
        greatest(cost_nanos, nullif((
            select sum(c.cost_nanos)::bigint from model_calls c where c.tenant_id = messages.tenant_id and c.run_id = messages.run_id), 0)),
        error_code, error_detail, created_at, completed_at, grounding
        """;

    /// <summary>In the order in which they were written.</summary>
    public static Task<List<Message>> OfConversationAsync(TenantWork work, ConversationId conversation, CancellationToken cancellation) =>
        work.QueryAsync(
            $"select {Columns} from messages where tenant_id = $1 and conversation_id = $2 order by position",
            Read, cancellation, work.Tenant, conversation);

    public static async Task<Message?> OfRunAsync(TenantWork work, RunId run, CancellationToken cancellation) =>
        (await work.QueryAsync(
            $"select {Columns} from messages where tenant_id = $1 and run_id = $2 and role = 'assistant'",
            Read, cancellation, work.Tenant, run)) is [var message, ..] ? message : null;

    /// <summary>USD with nine places, as all money goes over the wire.</summary>
    public static string Dollars(long nanos) => (nanos / 1_000_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture);

    private static Message Read(NpgsqlDataReader row)
    {
        string text = row.GetString(4);
        return new(
            row.GetGuid(0), row.IsDBNull(1) ? null : row.GetGuid(1), row.GetString(2), row.GetString(3), text,
            text.Length > 0 ? [new MessagePart("text", text)] : [],
            // Answers of older versions were kept without boxes.
            [.. (Json(row, 9, ContractsJson.Default.IReadOnlyListCitation) ?? []).Select(cited => cited with { Boxes = cited.Boxes ?? [] })],
            Json(row, 10, ContractsJson.Default.IReadOnlyListFoundPassage) ?? [],
            row.IsDBNull(5) ? null : row.GetGuid(5), Text(row, 6), Text(row, 7),
            Json(row, 11, ContractsJson.Default.AnswerUsage), row.IsDBNull(14) ? null : Dollars(row.GetInt64(14)),
            Json(row, 12, ContractsJson.Default.AnswerTimings),
            Json(row, 13, ContractsJson.Default.IReadOnlyListModelAttempt) ?? [],
            row.IsDBNull(8) ? null : row.GetBoolean(8),
            row.IsDBNull(15) ? null : new Failure(row.GetString(15), Text(row, 16) ?? ""),
            row.GetFieldValue<DateTimeOffset>(17), row.IsDBNull(18) ? null : row.GetFieldValue<DateTimeOffset>(18),
            Json(row, 19, ContractsJson.Default.AnswerGrounding));
    }

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static T? Json<T>(NpgsqlDataReader row, int column, JsonTypeInfo<T> type)
        where T : class =>
        row.IsDBNull(column) ? null : JsonSerializer.Deserialize(row.GetString(column), type);
}
