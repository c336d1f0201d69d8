using System.Collections.Concurrent;
using AiSaas.Core.Retrieval.Spaces;
using AiSaas.Llm.Models;
using Npgsql;

namespace AiSaas.Core.Retrieval;

/// <summary>The embedding spaces that this installation knows. They are few and hardly change.</summary>
public sealed class EmbeddingSpaces(NpgsqlDataSource source, TimeProvider clock, EmbeddingCatalog? catalog = null)
{
    // A weight that an operator changes in the table reaches every process within this.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, (EmbeddingSpace? Space, long Read)> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Model, int Dimensions), string> _ids = new();

    /// <returns>Null while nothing was ever embedded in it.</returns>
    public async Task<EmbeddingSpace?> FindAsync(string id, CancellationToken cancellation)
    {
        if (_known.TryGetValue(id, out var known) && clock.GetElapsedTime(known.Read) < Fresh)
        {
            return known.Space;
        }

        await using var command = source.CreateCommand("select dimensions, weight, unrelated, related, model from embedding_spaces where id = $1");
        command.Parameters.AddWithValue(id);
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var space = await reader.ReadAsync(cancellation)
            ? Configured(new(id, reader.GetInt32(0), reader.GetFloat(1), Number(reader, 2), Number(reader, 3)) { Model = reader.GetString(4) })
            : null;
        if (space is not null)
        {
            // A space that isn't there yet may be there in a moment, with its first document.
            _known[id] = (space, clock.GetTimestamp());
        }

        return space;
    }

    /// <summary>The space of a model at a size; made at its first vectors.</summary>
    /// <param name="model">The embedding model's name in the catalog.</param>
    /// <param name="dimensions">As its vectors came, not as they were asked for.</param>
    /// <param name="cancellation">Cancels the statements.</param>
    /// <returns>The id, for <c>chunks.space</c> and <c>vector_passages.space</c>.</returns>
    public async Task<string> EnsureAsync(string model, int dimensions, CancellationToken cancellation)
    {
        if (_ids.TryGetValue((model, dimensions), out string? known))
        {
            return known;
        }

        var settings = catalog?.SettingsOf(model);
        var weights = KnownSpaces.Of(settings is { Model.Length: > 0 } ? settings.Model : model);
        await using var insert = source.CreateCommand(
            """
            insert into embedding_spaces (id, provider, model, dimensions, weight, unrelated, related)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing
            """);
        insert.Parameters.AddWithValue(FormattableString.Invariant($"{model}@{dimensions}"));
        insert.Parameters.AddWithValue(settings is { Provider.Length: > 0 } ? settings.Provider : "configured");
        insert.Parameters.AddWithValue(model);
        insert.Parameters.AddWithValue(dimensions);
        insert.Parameters.AddWithValue((float)weights.Weight);
        insert.Parameters.AddWithValue((object?)(float?)weights.Unrelated ?? DBNull.Value);
        insert.Parameters.AddWithValue((object?)(float?)weights.Related ?? DBNull.Value);
        await insert.ExecuteNonQueryAsync(cancellation);
        await using var select = source.CreateCommand("select id from embedding_spaces where model = $1 and dimensions = $2");
        select.Parameters.AddWithValue(model);
        select.Parameters.AddWithValue(dimensions);
        string id = (string?)await select.ExecuteScalarAsync(cancellation)
            ?? throw new InvalidOperationException($"The space of {model} with {dimensions} dimensions could not be made.");
        return _ids.GetOrAdd((model, dimensions), id);
    }

    // What the configuration says of a model goes before what the table has from the day it was first used.
    private EmbeddingSpace Configured(EmbeddingSpace space) => catalog?.SettingsOf(space.Model) is { } settings
        ? space with
        {
            Weight = settings.Weight ?? space.Weight,
            Unrelated = settings.Unrelated ?? space.Unrelated,
            Related = settings.Related ?? space.Related,
        }
        : space;

    private static double? Number(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFloat(column);
}
