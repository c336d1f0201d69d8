namespace AiSaas.Llm.Wire;

/// <summary>A request or an answer that an API's rules don't allow. The message is for the caller and holds no secrets.</summary>
/// <param name="message">In words.</param>
/// <param name="parameter">The request's member at fault, such as <c>messages[2].content</c>; null where there is none.</param>
public sealed class WireException(string message, string? parameter = null) : Exception(message)
{
    public string? Parameter { get; } = parameter;
}
