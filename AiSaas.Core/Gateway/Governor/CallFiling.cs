using System.Diagnostics;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Gateway.Ledger;
using AiSaas.Llm.Prices;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.Logging;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>Turns what became of a call into its row, its cost and what its budgets get back.</summary>
internal sealed partial class CallFiling(CallJournal journal, LedgerWriter writer, BudgetSettler settler, TimeProvider clock, ILogger<CallFiling> logger)
{
    public bool HasRoom => journal.HasRoom;

    /// <returns>The call's place; null where the disk takes no more: then only a kill could lose it.</returns>
    public JournalEntry? Begin(CallTicket ticket, CallTarget target, JournalEntry? begun)
    {
        var (intent, usage) = (ticket.Intent, Likely(ticket));
        var prices = ticket.Held.Account.Policy!.Prices;
        var price = prices.Find(target.Provider, target.Kind, target.Model);
        var record = CallRecord.Write(intent, ticket.Held.At, new CallFacts
        {
            Status = CallStatus.Interrupted,
            Target = target,
            Usage = usage,
            IsPriced = price is not null,
            PriceVersion = prices.Version,
            CostNanos = price?.CostNanos(usage) ?? 0,
            Cache = "miss",
            Attempts = [],
            TraceId = ticket.TraceId,
        });
        try
        {
            if (begun is not null)
            {
                journal.BeginAgain(begun, record);
                return begun;
            }

            return journal.Begin(record);
        }
        catch (IOException failure)
        {
            Log.NotBegun(logger, intent.Id, failure.Message);
            return begun;
        }
    }

    /// <returns>Nano-dollars, and whether a price was known.</returns>
    public (long CostNanos, bool IsPriced) End(CallTicket ticket, CallOutcome outcome, JournalEntry? begun)
    {
        var (intent, held) = (ticket.Intent, ticket.Held);
        var prices = held.Account.Policy!.Prices;
        var usage = outcome.Usage ?? default;
        bool hit = outcome.Cache != "miss";
        var price = outcome.Target is { } target ? prices.Find(target.Provider, target.Kind, target.Model) : null;
        long cost = hit ? 0 : price?.CostNanos(usage) ?? 0;
        bool isPriced = price is not null || outcome.Usage is null;
        var record = CallRecord.Write(intent, held.At, new CallFacts
        {
            Status = outcome.Status,
            Target = outcome.Target,
            HttpStatus = outcome.HttpStatus,
            Error = outcome.Error,
            Usage = usage,
            IsPriced = isPriced,
            PriceVersion = prices.Version,
            CostNanos = cost,
            SavedNanos = Saved(price, usage, hit),
            Cache = outcome.Cache,
            Attempts = outcome.Attempts,
            FirstToken = outcome.FirstToken,
            Duration = outcome.Duration,
            TraceId = ticket.TraceId,
        });
        if (outcome is { Status: CallStatus.Succeeded, Usage.IsEstimated: false } && !hit)
        {
            held.Account.Learned.Note(intent.Model, intent.InputTokens, usage.Input, usage.Output / Math.Max(1, intent.Answers));
        }

        writer.Add(new(journal.End(begun, record), held, cost, hit ? -held.Tokens : usage.Total - held.Tokens));
        return (cost, isPriced);
    }

    /// <summary>What a call uses of which nothing more is known than that it went out.</summary>
    public static TokenUsage Likely(CallTicket ticket) =>
        new(ticket.Need.Input, Math.Min(ticket.Need.LikelyOutput, ticket.OutputTokenBound ?? long.MaxValue), IsEstimated: true);

    public void Release(Reservation held)
    {
        if (held.Nanos > 0 || held.Tokens > 0)
        {
            settler.Released(held, -held.Tokens);
        }
    }

    public TimeSpan Since(DateTimeOffset at) => clock.GetUtcNow() - at;

    public static string? TraceOf(Activity? activity) => activity?.TraceId.ToHexString();

    // What a cache answered would have cost all of it; what the provider's own cache gave, the difference.
    private static long Saved(ModelPrice? price, in TokenUsage usage, bool hit) =>
        price is null ? 0 : hit ? price.CostNanos(usage) : usage.CachedInput > 0 ? price.CacheSavedNanos(usage) : 0;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Call {Call} goes out without a note in the journal: {Reason}")]
        public static partial void NotBegun(ILogger logger, CallId call, string reason);
    }
}
