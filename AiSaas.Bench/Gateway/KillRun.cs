using AiSaas.Bench.Gateway.Load;
using Npgsql;

namespace AiSaas.Bench.Gateway;

/// <summary><c>kill -9</c> of the api under full load, twice; then what the ledger says against what the provider was asked.</summary>
/// <remarks>A call is in the ledger if the provider was asked, even where the process died before it knew the answer. A row more than the
/// provider counted is a call that was noted and never got out; a row less is money lost.</remarks>
internal sealed class KillRun(BenchmarkArguments arguments)
{
    private const int Kills = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // The ledger counts as settled when it hasn't moved for so long.
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(10);

    public async Task<BenchmarkReport> RunAsync(CancellationToken cancellation)
    {
        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 5));
        int connections = arguments.Numbers("concurrency", 128)[^1];
        BenchmarkReport report = new("what", "provider was asked", "ledger has", "difference");
        await using var stage = await GatewayStage.SetAsync(arguments.Text("postgres"), null, cancellation);
        long answered = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            answered += await KillUnderLoadAsync(stage, connections, duration, cancellation);
            await stage.Api.RestartAsync(cancellation);
        }

        var (whole, streams, embeddings, _) = await stage.CountsAsync(cancellation);
        long asked = whole + streams + embeddings;
        var (rows, cost) = await SettledAsync(stage.Postgres.Owner, asked, cancellation);
        report.Add("calls", asked, rows, rows - asked);
        report.Note($"{Kills} kills at {connections} connections; clients got {answered} whole answers; the ledger's sum is {cost} nano-dollars.");
        foreach (var (status, count) in await StatusesAsync(stage.Postgres.Owner, cancellation))
        {
            report.Note($"  {count} {status}");
        }

        report.Note(rows >= asked ? "No call is missing." : $"{asked - rows} calls are missing from the ledger.");
        return report;
    }

    private static async Task<long> KillUnderLoadAsync(GatewayStage stage, int connections, TimeSpan duration, CancellationToken cancellation)
    {
        var ours = stage.Ours;
        LoadRequest[] requests = [LoadRequest.Whole(ours), LoadRequest.Burst(ours), LoadRequest.Embed(ours), LoadRequest.Paced(ours)];
        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var load = Task.WhenAll(requests.Select(request =>
            new LoadRun(request, ours.Port, connections / requests.Length, duration * 10, 200_000).RunAsync(over.Token)));
        await Task.Delay(duration, TimeProvider.System, cancellation);
        await stage.Api.Process.KillAsync();
        await over.CancelAsync();
        return (await load).Sum(result => (long)result.Microseconds.Length);
    }

    private static async Task<(long Rows, decimal Cost)> SettledAsync(string owner, long asked, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(owner);
        await using var command = source.CreateCommand("select count(*), coalesce(sum(cost_nanos), 0) from model_calls");
        long started = TimeProvider.System.GetTimestamp(), moved = started;
        (long Rows, decimal Cost) last = (-1, 0);
        while (true)
        {
            await using (var reader = await command.ExecuteReaderAsync(cancellation))
            {
                await reader.ReadAsync(cancellation);
                (long Rows, decimal Cost) now = (reader.GetInt64(0), reader.GetDecimal(1));
                if (now != last)
                {
                    (last, moved) = (now, TimeProvider.System.GetTimestamp());
                }
            }

            bool still = TimeProvider.System.GetElapsedTime(moved) > Still;
            if ((still && last.Rows >= asked) || TimeProvider.System.GetElapsedTime(started) > Patience)
            {
                return last;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellation);
        }
    }

    private static async Task<List<(string Status, long Count)>> StatusesAsync(string owner, CancellationToken cancellation)
    {
        await using var source = NpgsqlDataSource.Create(owner);
        await using var command = source.CreateCommand("select status::text, count(*) from model_calls group by 1 order by 2 desc");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        List<(string, long)> found = [];
        while (await reader.ReadAsync(cancellation))
        {
            found.Add((reader.GetString(0), reader.GetInt64(1)));
        }

        return found;
    }
}
