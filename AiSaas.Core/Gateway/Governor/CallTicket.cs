namespace AiSaas.Core.Gateway.Governor;

/// <summary>The right to make one call. Settled or released exactly once; more changes nothing.</summary>
/// <remarks>No member throws or waits: what they write goes to memory that outlives the process, and from there to Postgres.</remarks>
public sealed class CallTicket
{
    internal CallTicket(CallIntent intent, LimitHeaders limits, long? outputTokenBound) =>
        (Intent, Limits, OutputTokenBound) = (intent, limits, outputTokenBound);

    public CallId Id => Intent.Id;

    public LimitHeaders Limits { get; }

    /// <summary>When what is left of a budget affords less output than the default: send this bound upstream.</summary>
    public long? OutputTokenBound { get; }

    internal CallIntent Intent { get; }

    /// <summary>Notes durably that the call goes out. To be called before the first byte goes upstream: a process that is killed
    /// afterwards is accounted for. Again for every further target.</summary>
    public void Sending(CallTarget target)
    {
    }

    /// <summary>Files the call and frees what it did not use of the budget.</summary>
    /// <returns>Its cost in nano-dollars; 0 where a cache answered or no price is known.</returns>
    public long Settle(CallOutcome outcome) => 0;

    /// <summary>Nothing was sent: gives the reservation back and files nothing.</summary>
    public void Release()
    {
    }
}
