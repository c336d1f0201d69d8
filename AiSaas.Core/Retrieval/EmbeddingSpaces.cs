using System.Collections.Concurrent;
using Npgsql;

namespace AiSaas.Core.Retrieval;

/// <summary>The embedding spaces that this installation knows. They are few and hardly change.</summary>
public sealed class EmbeddingSpaces(NpgsqlDataSource source, TimeProvider clock)
{
    // A weight that an operator changes reaches every process within this.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (EmbeddingSpace? Space, long Read)> _known = new(StringComparer.Ordinal);

    /// <returns>Null while nothing was ever embedded in it.</returns>
    public async Task<EmbeddingSpace?> FindAsync(string id, CancellationToken cancellation)
    {
        if (_known.TryGetValue(id, out var known) && clock.GetElapsedTime(known.Read) < Fresh)
        {
            return known.Space;
        }

        await using var command = source.CreateCommand("select dimensions, weight, unrelated, related from embedding_spaces where id = $1");
        command.Parameters.AddWithValue(id);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var space = await reader.ReadAsync(cancellation)
            ? new EmbeddingSpace(id, reader.GetInt32(0), reader.GetFloat(1), Number(reader, 2), Number(reader, 3))
            : null;
        if (space is not null)
        {
            // A space that isn't there yet may be there in a moment, with its first document.
            _known[id] = (space, clock.GetTimestamp());
        }

        return space;
    }

    private static double? Number(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFloat(column);
}
