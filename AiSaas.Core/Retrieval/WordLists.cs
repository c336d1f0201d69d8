using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace AiSaas.Core.Retrieval;

/// <summary>Keeps, for each frequent word of a large tenant, the list of the passages that gain most from it (<c>lexicon_best</c>), so that a
/// question of nothing but frequent words finds the best of a hundred thousand passages and not any few thousand.</summary>
/// <remarks>Lists are made whole, one lexicon a transaction, and search goes by the last ones meanwhile. Needs the tables' owner. One
/// process at a time does it (advisory lock).</remarks>
public sealed partial class WordLists(NpgsqlDataSource owner, IOptions<WordListOptions> settings, ILogger<WordLists> logger)
{
    private const long Lock = 0x41695361_776c; // "AiSawl"
    private readonly WordListOptions _options = settings.Value;

    /// <returns>How many lexicons' lists were made or dropped; null where another process is at it.</returns>
    public async Task<int?> KeepAsync(CancellationToken cancellation)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellation);
        if (!await ScalarAsync<bool>(connection, $"select pg_try_advisory_lock({Lock})", cancellation))
        {
            return null;
        }

        try
        {
            int[] due = await ScalarAsync<int[]>(connection, "select array(select app.lists_due($1))", cancellation, _options.Passages) ?? [];
            foreach (int lexicon in due)
            {
                long started = Stopwatch.GetTimestamp();
                int lists = await ScalarAsync<int>(
                    connection, "select app.list_best($1, $2, $3, $4)", cancellation, lexicon, _options.Passages, _options.Rare, _options.Longest);
                Log.Made(logger, lexicon, lists, Stopwatch.GetElapsedTime(started).TotalSeconds);
            }

            return due.Length;
        }
        finally
        {
            await ScalarAsync<bool>(connection, $"select pg_advisory_unlock({Lock})", CancellationToken.None);
        }
    }

    private async Task<T?> ScalarAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] arguments)
    {
        await using NpgsqlCommand command = new(sql, connection) { CommandTimeout = (int)_options.Timeout.TotalSeconds };
        foreach (object argument in arguments)
        {
            command.Parameters.AddWithValue(argument);
        }

        return await command.ExecuteScalarAsync(cancellation) is T value ? value : default;
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Lexicon {Lexicon} has {Lists} lists of its frequent words after {Seconds:F0} s")]
        public static partial void Made(ILogger logger, int lexicon, int lists, double seconds);
    }
}
