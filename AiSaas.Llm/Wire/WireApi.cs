namespace AiSaas.Llm.Wire;

/// <summary>An HTTP API for models: what a client speaks to us, and what we speak to a provider.</summary>
public enum WireApi
{
    /// <summary>OpenAI's <c>/v1/chat/completions</c>: also the pivot between all others.</summary>
    ChatCompletions,

    /// <summary>OpenAI's <c>/v1/responses</c>.</summary>
    Responses,

    /// <summary>OpenAI's <c>/v1/embeddings</c>.</summary>
    Embeddings,

    /// <summary>Anthropic's <c>/v1/messages</c>.</summary>
    Messages,
}
