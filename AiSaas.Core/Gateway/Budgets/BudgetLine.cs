namespace AiSaas.Core.Gateway.Budgets;

/// <summary>What this process knows of one budget's counter in one window.</summary>
/// <remarks>Guarded by its account's lock. While <see cref="Joining"/> stays the same, Redis has for this process: <see cref="Held"/>, plus
/// <see cref="ToFree"/>, plus what is on its way there.</remarks>
internal sealed class BudgetLine(string counter, BudgetScope scope, string subject, BudgetPeriod period, BudgetWindow window)
{
    public string Counter => counter;

    public BudgetScope Scope => scope;

    public string Subject => subject;

    public BudgetPeriod Period => period;

    public BudgetWindow Window => window;

    /// <summary>Nano-dollars of open calls, those that Redis is just being asked about included.</summary>
    public long Held { get; set; }

    /// <summary>What Redis holds too much since a joining counted a call that was refused.</summary>
    public long ToFree { get; set; }

    /// <summary>The number of the joining that this process's part of the counter goes by.</summary>
    public long Joining { get; set; }

    public bool IsJoined { get; set; }

    /// <summary>What Redis says was spent is to be read from Postgres again before it is relied upon.</summary>
    public bool MustRead { get; set; } = true;

    public Task? Opening { get; set; }

    /// <summary>What Redis said was left when it last refused a call, and until when nobody asks for more than that; a timestamp. Some
    /// milliseconds: whoever hammers at a spent budget costs little, and what others give back is soon found.</summary>
    public long LowLeft { get; set; }

    public long LowUntil { get; set; }

    /// <summary>For when Redis is away: what Postgres said, and what this process has recorded since it was asked.</summary>
    public long? KnownSpent { get; set; }

    public long SpentSince { get; set; }

    public long KnownAt { get; set; }

    /// <summary>When the counter is compared with Postgres again, and when Redis last heard that this process lives; timestamps.</summary>
    public long NextCheck { get; set; }

    public long LastHeard { get; set; }
}
