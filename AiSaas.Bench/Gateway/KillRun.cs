using AiSaas.Bench.Gateway.Load;

namespace AiSaas.Bench.Gateway;

/// <summary><c>kill -9</c> of the api under full load, twice; then what the ledger says against what the provider was asked.</summary>
/// <remarks>A call is in the ledger if the provider was asked, even where the process died before it knew the answer. A row more than the
/// provider counted is a call that was noted and never got out; a row less is money lost.</remarks>
internal sealed class KillRun(BenchmarkArguments arguments)
{
    private const int Kills = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public async Task<BenchmarkReport> RunAsync(CancellationToken cancellation)
    {
        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 5));
        int connections = arguments.Numbers("concurrency", 128)[^1];
        BenchmarkReport report = new("calls", "how they ended", "ledger", "cost nano-$", "if all were whole");
        await using var stage = await GatewayStage.SetAsync(arguments, cancellation);
        long answered = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            answered += await KillUnderLoadAsync(stage, connections, duration, cancellation);
            await stage.Api.RestartAsync(cancellation);
        }

        long asked = await AskedAsync(stage, cancellation);
        await using Ledger ledger = new(stage.Postgres.Owner);
        var (rows, cost) = await ledger.SettledAsync(asked, Patience, cancellation);
        var groups = await ledger.GroupsAsync(cancellation);
        foreach (var group in groups)
        {
            report.Add(group.Api, group.Status, group.Calls, group.Cost, group.Expected);
        }

        report.Note($"{Kills} kills at {connections} connections; clients got {answered} whole answers.");
        report.Note($"The provider was asked {asked} times, the ledger has {rows} calls for {cost} nano-dollars: "
            + (rows < asked ? $"{asked - rows} ARE MISSING." : $"none is missing, {rows - asked} were noted and never got out."));
        var succeeded = groups.Where(group => group.Status == "succeeded").ToList();
        report.Note(succeeded.All(group => group.Cost == group.Expected) && succeeded.Sum(group => group.Calls) >= answered
            ? "Every answer that a client got is there, at its exact price."
            : "SUCCEEDED CALLS ARE NOT AT THEIR PRICE, OR FEWER THAN CLIENTS GOT.");
        return report;
    }

    private static async Task<long> KillUnderLoadAsync(GatewayStage stage, int connections, TimeSpan duration, CancellationToken cancellation)
    {
        var ours = stage.Ours;
        LoadRequest[] requests = [LoadRequest.Whole(ours), LoadRequest.Burst(ours), LoadRequest.Embed(ours), LoadRequest.Paced(ours)];
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var load = Task.WhenAll(requests.Select(request =>
            new LoadRun(request, ours.Port, connections / requests.Length, duration * 10, 200_000).RunAsync(over.Token)));
        await Task.Delay(duration, TimeProvider.System, cancellation);
        await stage.Api.Process.KillAsync();
        await over.CancelAsync();
        return (await load).Sum(result => (long)result.Microseconds.Length);
    }

    // What was on its way when the process died may be counted a moment later.
    private static async Task<long> AskedAsync(GatewayStage stage, CancellationToken cancellation)
    {
        long last = -1;
        while (true)
        {
            var (whole, streams, embeddings, _) = await stage.CountsAsync(cancellation);
            long now = whole + streams + embeddings;
            if (now == last)
            {
                return now;
            }

            last = now;
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellation);
        }
    }
}
