namespace AiSaas.Llm.Routing;

/// <summary>The caller left before anything came. What had been sent until then may cost all the same.</summary>
public sealed class ModelCallCanceledException(IReadOnlyList<ModelAttempt> attempts, CancellationToken cancellation)
    : OperationCanceledException(cancellation)
{
    public IReadOnlyList<ModelAttempt> Attempts => attempts;
}
