using AiSaas.Contracts.Documents;
using Npgsql;

namespace AiSaas.Core.Documents;

/// <summary>Reads chunks into their wire shape.</summary>
internal static class ChunkRows
{
    public const string Columns =
        "id, ordinal, page, start_offset, end_offset, section, text, header, tokens, language, parent, enabled, original_text, revision";

    public static DocumentChunk Read(NpgsqlDataReader row) => new(
        row.GetGuid(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), Text(row, 5), row.GetString(6), row.GetString(7),
        row.GetInt32(8), row.GetString(9), row.IsDBNull(10) ? null : row.GetInt32(10), row.GetBoolean(11), Edited: !row.IsDBNull(12),
        Text(row, 12), row.GetInt32(13));

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
