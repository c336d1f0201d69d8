using System.Diagnostics;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Core.Tenancy;
using AiSaas.Llm.Reranking;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AiSaas.Core.Retrieval.Reranking;

/// <summary>Orders the best passages anew by a provider's reranker, behind limits, budgets and the ledger. Where it is late, refused or
/// broken, the order stays.</summary>
public sealed partial class PassageReranker(
    RerankerCatalog rerankers, CallGovernor governor, TenantProviderKeys ownKeys, IOptions<RerankOptions> options, TimeProvider clock,
    ILogger<PassageReranker> logger)
{
    /// <summary>What rerankers read of a passage; they cut the rest, and bill it.</summary>
    private const int MostCharacters = 6_000;

    public bool IsOn => options.Value.IsOn;

    /// <summary>So many passages are worth handing in.</summary>
    public int Top => options.Value.Top;

    /// <param name="caller">Who asks, and who pays.</param>
    /// <param name="question">As it is searched for.</param>
    /// <param name="passages">Best first.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <returns>All passages, and what was done.</returns>
    public async Task<(IReadOnlyList<Passage> Passages, RerankReport? Report)> RankAsync(
        GatewayCaller caller, string question, IReadOnlyList<Passage> passages, CancellationToken cancellation)
    {
        var deadline = TimeSpan.FromSeconds(options.Value.DeadlineSeconds);
        if (!IsOn || passages.Count < 2 || rerankers.Find(options.Value.Provider!, options.Value.Model!, deadline) is not var (reranker, route))
        {
            return (passages, null);
        }

        long started = clock.GetTimestamp();
        IReadOnlyList<Passage> ranked = [.. passages.Take(Top)];
        var (ranking, notice) = await TryAsync(caller, reranker, route, question, [.. ranked.Select(Text)], deadline, cancellation);
        RerankReport report = new(
            options.Value.Provider!, options.Value.Model!, ranking is null ? 0 : ranked.Count, clock.GetElapsedTime(started).TotalMilliseconds, notice);
        return ranking is null ? (passages, report) : ([.. Order(ranked, ranking), .. passages.Skip(Top)], report);
    }

    private static IEnumerable<Passage> Order(IReadOnlyList<Passage> passages, Llm.Reranking.Reranking ranking) => passages
        .Select((passage, i) => (Passage: passage with { Reranked = ranking.Scores[i] }, Place: i))
        // What the reranker left out keeps its place behind the rest.
        .OrderByDescending(one => one.Passage.Reranked ?? double.NegativeInfinity).ThenBy(one => one.Place)
        .Select(one => one.Passage);

    private static string Text(Passage passage)
    {
        string text = passage.Section is { Length: > 0 } section ? $"{passage.DocumentName} › {section}\n{passage.Text}" : $"{passage.DocumentName}\n{passage.Text}";
        return text.Length <= MostCharacters ? text : text[..(char.IsHighSurrogate(text[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)];
    }

    private async Task<(Llm.Reranking.Reranking? Ranking, string? Notice)> TryAsync(
        GatewayCaller caller, IReranker reranker, Route route, string question, IReadOnlyList<string> texts, TimeSpan patience, CancellationToken cancellation)
    {
        using CancellationTokenSource deadline = new(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            var keys = await ownKeys.OfAsync(caller.Tenant, either.Token);
            long units = reranker.Units(question, texts);
            var targets = route.Calls();
            CallIntent intent = new(
                CallId.New(), caller, WireApi.Embeddings, route.Name, targets, units, MaxOutputTokens: null, Answers: 1, IsStreamed: false);
            return await governor.AdmitAsync(intent, either.Token) switch
            {
                CallAdmission.Admitted(var ticket) => (await CallAsync(ticket, targets[0], units, reranker, question, texts, keys, either.Token), null),
                CallAdmission.Refused refused => (null, $"The passages were not reranked: {refused.Message}"),
                _ => throw new UnreachableException(),
            };
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return (null, $"The reranker took longer than {patience.TotalSeconds:0.##} s.");
        }
        catch (ModelCallException failure)
        {
            Log.Failed(logger, route.Name, failure.Failure.Message);
            return (null, "The reranker did not answer.");
        }
    }

    private async Task<Llm.Reranking.Reranking> CallAsync(
        CallTicket ticket, CallTarget target, long units, IReranker reranker, string question, IReadOnlyList<string> texts,
        IReadOnlyDictionary<string, Llm.Keys.KeyPool>? keys, CancellationToken cancellation)
    {
        long startedAt = clock.GetTimestamp();
        // A call that is left in the middle is billed all the same.
        CallOutcome outcome = new(CallStatus.Canceled) { Target = target, HttpStatus = 499, Usage = new TokenUsage(units, 0, IsEstimated: true) };
        try
        {
            ticket.Sending(target);
            var ranking = await reranker.RankAsync(question, texts, keys, cancellation);
            outcome = outcome with
            {
                Status = CallStatus.Succeeded,
                HttpStatus = 200,
                Attempts = ranking.Attempts,
                Usage = new TokenUsage(ranking.Units, 0, IsEstimated: ranking.IsEstimated),
            };
            return ranking;
        }
        catch (ModelCallException failed)
        {
            outcome = outcome with
            {
                Status = CallStatus.Failed,
                HttpStatus = failed.Failure.Status ?? 502,
                Error = failed.Failure.Class,
                Attempts = failed.Attempts,
                Usage = null,
            };
            throw;
        }
        finally
        {
            ticket.Settle(outcome with { Duration = clock.GetElapsedTime(startedAt) });
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Model} did not rerank; the order stays: {Reason}")]
        public static partial void Failed(ILogger logger, string model, string reason);
    }
}

/// <param name="Ranked">How many passages it ordered; 0 where it did not.</param>
/// <param name="Notice">Why it did not, for people.</param>
public sealed record RerankReport(string Provider, string Model, int Ranked, double Milliseconds, string? Notice);
