using AiSaas.Bench.Gateway.Mock;
using Npgsql;

namespace AiSaas.Bench.Gateway;

/// <summary>The ledger as its owner reads it, against what the mock provider would bill.</summary>
internal sealed class Ledger(string owner) : IAsyncDisposable
{
    // In billionths of a dollar a token, as the benchmark's settings price the mock.
    private const long ChatInput = 500, ChatOutput = 1_500, Embedded = 20;

    // When nothing has come for so long, nothing more will.
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(10);

    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(owner);

    /// <summary>Waits until as many calls as the provider was asked are there and nothing moves any more, or until patience ends.</summary>
    public async Task<(long Rows, decimal Cost)> SettledAsync(long asked, TimeSpan patience, CancellationToken cancellation)
    {
        long started = TimeProvider.System.GetTimestamp(), moved = started;
        (long Rows, decimal Cost) last = (-1, 0);
        while (true)
        {
            var now = await TotalAsync(cancellation);
            if (now != last)
            {
                (last, moved) = (now, TimeProvider.System.GetTimestamp());
            }

            bool isStill = TimeProvider.System.GetElapsedTime(moved) > Still;
            if ((isStill && last.Rows >= asked) || TimeProvider.System.GetElapsedTime(started) > patience)
            {
                return last;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellation);
        }
    }

    /// <summary>Calls by how they ended; of those that succeeded, what they cost and what the provider's own count of tokens comes to.</summary>
    public async Task<List<LedgerGroup>> GroupsAsync(CancellationToken cancellation)
    {
        await using var command = _source.CreateCommand(
            "select status, api, streamed, count(*), sum(cost_nanos) from model_calls group by 1, 2, 3 order by 1, 2, 3");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<LedgerGroup> groups = [];
        while (await reader.ReadAsync(cancellation))
        {
            var (api, streamed, count) = (reader.GetString(1), reader.GetBoolean(2), reader.GetInt64(3));
            long price = api == "embeddings" ? MockAnswers.EmbeddedTokens * Embedded
                : (MockAnswers.InputTokens * ChatInput) + ((streamed ? MockAnswers.StreamedTokens : MockAnswers.OutputTokens) * ChatOutput);
            groups.Add(new(reader.GetString(0), api + (streamed ? ", streamed" : ""), count, reader.GetDecimal(4), (decimal)price * count));
        }

        return groups;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private async Task<(long Rows, decimal Cost)> TotalAsync(CancellationToken cancellation)
    {
        await using var command = _source.CreateCommand("select count(*), coalesce(sum(cost_nanos), 0) from model_calls");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), reader.GetDecimal(1));
    }
}

/// <param name="Cost">Nano-dollars, as the ledger has them.</param>
/// <param name="Expected">What whole answers cost.</param>
internal sealed record LedgerGroup(string Status, string Api, long Calls, decimal Cost, decimal Expected);
