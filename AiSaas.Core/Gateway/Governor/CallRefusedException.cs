namespace AiSaas.Core.Gateway.Governor;

/// <summary>A call in process that limits or budgets refused. The message is for whoever waits for the answer.</summary>
public sealed class CallRefusedException(CallAdmission.Refused refused) : Exception(refused.Message)
{
    public CallAdmission.Refused Refused { get; } = refused;
}
