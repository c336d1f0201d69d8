namespace AiSaas.Core.Gateway.Governor;

/// <summary>The answer to "may this call be made?".</summary>
public abstract record CallAdmission
{
    private CallAdmission()
    {
    }

    /// <param name="Ticket">Settle or release it, once, whatever happens.</param>
    public sealed record Admitted(CallTicket Ticket) : CallAdmission;

    /// <param name="Reason">What each API's own error is made of.</param>
    /// <param name="Code">Stable, such as <c>gateway:budget-spent</c>.</param>
    /// <param name="Message">For the caller, in words.</param>
    /// <param name="RetryAfter">When it may do better; null where only an admin can help.</param>
    /// <param name="Limits">As they stand; nothing was taken.</param>
    public sealed record Refused(Refusal Reason, string Code, string Message, TimeSpan? RetryAfter, LimitHeaders Limits) : CallAdmission;
}

public enum Refusal
{
    /// <summary>429.</summary>
    RateLimited,

    /// <summary>429; OpenAI's type <c>insufficient_quota</c>.</summary>
    BudgetSpent,

    /// <summary>503: the call could not be accounted for.</summary>
    Unavailable,
}
