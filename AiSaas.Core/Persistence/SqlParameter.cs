using AiSaas.Core.Tenancy;
using Npgsql;
using NpgsqlTypes;

namespace AiSaas.Core.Persistence;

/// <summary>Parameters for positional SQL, with the product's id types unwrapped.</summary>
public static class SqlParameter
{
    public static NpgsqlParameter From(object? value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value },
        NpgsqlParameter parameter => parameter,
        IId id => new NpgsqlParameter<Guid> { TypedValue = id.Value },
        Guid guid => new NpgsqlParameter<Guid> { TypedValue = guid },
        string text => new NpgsqlParameter<string> { TypedValue = text },
        int number => new NpgsqlParameter<int> { TypedValue = number },
        long number => new NpgsqlParameter<long> { TypedValue = number },
        _ => new NpgsqlParameter { Value = value },
    };

    /// <summary>JSON text for a <c>jsonb</c> column.</summary>
    public static NpgsqlParameter Json(string? json) => new() { NpgsqlDbType = NpgsqlDbType.Jsonb, Value = (object?)json ?? DBNull.Value };

    /// <summary>An array of ids for <c>= any($n)</c>.</summary>
    public static NpgsqlParameter Ids<TId>(IEnumerable<TId> ids)
        where TId : struct, IId<TId> =>
        new NpgsqlParameter<Guid[]> { TypedValue = [.. ids.Select(id => id.Value)] };

    /// <summary>A null of a known type, where Postgres can't infer one.</summary>
    public static NpgsqlParameter Typed(NpgsqlDbType type, object? value) => new() { NpgsqlDbType = type, Value = value ?? DBNull.Value };
}
