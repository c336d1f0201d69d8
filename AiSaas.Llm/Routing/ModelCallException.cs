namespace AiSaas.Llm.Routing;

/// <summary>A model did not answer. The only exception, beside the caller's own cancellation, that our chat clients throw.</summary>
public sealed class ModelCallException : Exception
{
    internal ModelCallException(ModelFailure failure, Exception? cause = null)
        : base(failure.Message, cause) => Failure = failure;

    internal ModelCallException(ModelFailure failure, IReadOnlyList<ModelAttempt> attempts, Exception? cause)
        : base(failure.Message, cause) => (Failure, Attempts) = (failure, attempts);

    public ModelFailure Failure { get; }

    /// <summary>Who was tried, in order; empty if the call did not come through the catalog.</summary>
    public IReadOnlyList<ModelAttempt> Attempts { get; } = [];
}
