using System.Collections.Immutable;
using System.Diagnostics;
using AiSaas.Core.Gateway.Budgets;
using AiSaas.Core.Gateway.Ledger;
using AiSaas.Llm.Routing;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>The right to make one call. Settled or released exactly once; more changes nothing.</summary>
/// <remarks>No member throws or waits: what they write goes to memory that outlives the process, and from there to Postgres.</remarks>
public sealed class CallTicket
{
    private readonly Lock _gate = new();
    private readonly CallFiling _filing;
    private JournalEntry? _begun;
    private ImmutableArray<CallTarget> _asked = [];
    private long _cost;
    private bool _isDone;

    internal CallTicket(CallFiling filing, CallIntent intent, Reservation held, in CallNeed need, LimitHeaders limits, long? outputTokenBound)
    {
        (_filing, Intent, Held, Need, Limits, OutputTokenBound) = (filing, intent, held, need, limits, outputTokenBound);
        TraceId = CallFiling.TraceOf(Activity.Current);
    }

    public CallId Id => Intent.Id;

    public LimitHeaders Limits { get; }

    /// <summary>When what is left of a budget affords less output than the default: send this bound upstream.</summary>
    public long? OutputTokenBound { get; }

    internal CallIntent Intent { get; }

    internal Reservation Held { get; }

    internal CallNeed Need { get; }

    internal string? TraceId { get; }

    /// <summary>Whether a price was known for what <see cref="Settle"/> filed; null before it.</summary>
    public bool? IsPriced { get; private set; }

    /// <summary>Notes durably that the call goes out. To be called before the first byte goes upstream: a process that is killed
    /// afterwards is accounted for. Again for every further target.</summary>
    public void Sending(CallTarget target)
    {
        // Two targets may be asked at once.
        lock (_gate)
        {
            if (!_isDone)
            {
                _begun = _filing.Begin(this, target, _begun);
                _asked = _asked.Add(target);
            }
        }
    }

    /// <summary>Files the call and frees what it did not use of the budget.</summary>
    /// <returns>Its cost in nano-dollars; 0 where a cache answered or no price is known.</returns>
    public long Settle(CallOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        lock (_gate)
        {
            if (!_isDone)
            {
                _isDone = true;
                (_cost, IsPriced) = _filing.End(this, outcome.Target is null ? AsFarAsKnown(outcome) : outcome, _begun);
            }

            return _cost;
        }
    }

    // A fault of ours may keep what became of the call from being told. Whoever was asked may have worked for it, and bills that.
    private CallOutcome AsFarAsKnown(CallOutcome outcome) => _asked is not [.., var last] ? outcome : outcome with
    {
        Target = last,
        Usage = outcome.Usage ?? CallFiling.Likely(this),
        Attempts = outcome.Attempts is { Count: > 0 } told
            ? told
            : [.. _asked.Select(target => new ModelAttempt(target.Provider, target.Model, AttemptOutcome.Cancelled, null, null, outcome.Duration, null))],
    };

    /// <summary>Nothing was sent: gives the reservation back and files nothing. A call that was noted as sent is filed as failed.</summary>
    public void Release()
    {
        lock (_gate)
        {
            if (_begun is not null)
            {
                Settle(new(CallStatus.Failed) { HttpStatus = 0, Duration = _filing.Since(Held.At) });
            }
            else if (!_isDone)
            {
                _isDone = true;
                _filing.Release(Held);
            }
        }
    }
}
