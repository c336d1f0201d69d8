using AiSaas.Bench.Gateway.Load;
using AiSaas.Bench.Gateway.Mock;

namespace AiSaas.Bench.Gateway;

/// <summary>What the gateway adds to a call, with all governance on, beside the mock provider alone and beside Portkey, in turns.</summary>
internal sealed class GatewayBenchmark : IBenchmark
{
    public string Name => "gateway";

    public string Purpose =>
        "load on /v1 before a mock provider; [--portkey FOLDER] [--seconds 2] [--rounds 2] [--concurrency 1,32,256] [--streams 100] [--only PART] [--api-env NAME=VALUE,…] [--json]; --kill: kill -9 and the ledger";

    public async Task<BenchmarkReport> RunAsync(BenchmarkArguments arguments, CancellationToken cancellation)
    {
        SocketMode.RunInline();
        if (arguments.Has("kill"))
        {
            return await new KillRun(arguments).RunAsync(cancellation);
        }

        var duration = TimeSpan.FromSeconds(arguments.Number("seconds", 2));
        int rounds = arguments.Number("rounds", 2), streams = arguments.Number("streams", 100), most = arguments.Number("requests", 200_000);
        LoadCase[] cases =
        [
            .. arguments.Numbers("concurrency", 1, 32, 256).Select(c => new LoadCase("chat", c, LoadRequest.Whole, duration, most)),
            new("embedding", 32, LoadRequest.Embed, duration, most),
            new("cached vector", 32, LoadRequest.EmbedAgain, duration, most),
            new("burst stream", 32, LoadRequest.Burst, duration, most),

            // One stream on each connection: its length is the pace's, not ours.
            new("paced stream", streams, LoadRequest.Paced, TimeSpan.Zero, most) { UnitsPerRequest = MockAnswers.StreamedTokens, Unit = "chunk" },
        ];

        await using var stage = await GatewayStage.SetAsync(arguments, cancellation);
        await WarmUp.RunAsync(stage, cancellation);
        GatewayFigures figures = new(stage);
        foreach (var one in cases.Where(one => arguments.Text("only") is not { } only || one.Name.Contains(only, StringComparison.Ordinal)))
        {
            for (int round = 0; round < rounds; round++)
            {
                await figures.RoundAsync(one, cancellation);
            }
        }

        return figures.Report();
    }
}
