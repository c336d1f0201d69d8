using System.Runtime.CompilerServices;
using System.Text.Json;
using AiSaas.Api.Common;
using AiSaas.Contracts;
using AiSaas.Contracts.Gateway;
using AiSaas.Core.Gateway.Live;
using Microsoft.AspNetCore.Http.HttpResults;
using LiveTotals = AiSaas.Contracts.Gateway.LiveTotals;

namespace AiSaas.Api.Gateway;

/// <summary>What this replica's gateway is doing right now.</summary>
internal static class AdminLiveEndpoints
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    public static void MapLive(this RouteGroupBuilder admin)
    {
        var live = admin.MapGroup("/live").RequireOperator();
        live.MapGet("", Read);
        live.MapGet("/events", Watch);
    }

    private static Ok<GatewayLive> Read(LiveRates rates, IEnumerable<ILiveGauge> gauges, TimeProvider clock) =>
        TypedResults.Ok(Shown(rates, gauges, clock));

    private static Results<SseResult, ProblemHttpResult> Watch(
        LiveRates rates, IEnumerable<ILiveGauge> gauges, LiveWatchers watchers, TimeProvider clock, CancellationToken cancellation) =>
        watchers.Enter() is { } seat
            ? new SseResult(FollowAsync(seat, rates, [.. gauges], clock, cancellation))
            : Problems.Of(StatusCodes.Status429TooManyRequests, "gateway:too-many-watchers", $"{LiveWatchers.Most} are watching this replica already.", "Slow down");

    private static async IAsyncEnumerable<SseEvent> FollowAsync(
        LiveWatchers.Seat seat, LiveRates rates, IReadOnlyList<ILiveGauge> gauges, TimeProvider clock, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using (seat)
        {
            using PeriodicTimer timer = new(Step, clock);
            for (int i = 0; i < LiveWatchers.LongestWatchSeconds; i++)
            {
                yield return new(null, JsonSerializer.SerializeToUtf8Bytes(Shown(rates, gauges, clock), ContractsJson.Default.GatewayLive));
                await timer.WaitForNextTickAsync(cancellation);
            }
        }
    }

    private static GatewayLive Shown(LiveRates rates, IEnumerable<ILiveGauge> gauges, TimeProvider clock)
    {
        var live = rates.Read();
        var totals = live.Totals;
        return new(
            clock.GetUtcNow(), Environment.MachineName, totals.InFlight,
            Math.Round(live.CallsPerSecond, 1), Math.Round(live.TokensPerSecond, 1), Math.Round(live.FailuresPerSecond, 1), Math.Round(live.HitsPerSecond, 1),
            new LiveTotals(totals.Calls, totals.Failed, totals.Refused, totals.CacheHits, totals.Tokens),
            gauges.ToDictionary(gauge => gauge.Name, gauge => gauge.Value));
    }
}
