using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Anthropic;
using AiSaas.Llm.Wire.Responses;

namespace AiSaas.Llm.Forwarding;

/// <summary>Which API a target is spoken to in, and who translates.</summary>
internal sealed class Dialects
{
    private readonly Dictionary<(WireApi Client, WireApi Target, bool IsCompatible), IDialect> _dialects = [];

    public Dialects(TimeProvider clock)
    {
        ChatOverMessages chatOverMessages = new(clock);
        Add(chatOverMessages, isCompatible: true);
        foreach (bool isCompatible in (bool[])[true, false])
        {
            ResponsesOverChat responses = new(clock, olderServers: isCompatible);
            Add(responses, isCompatible);
            Add(new MessagesOverChat(sendsMaxCompletionTokens: !isCompatible), isCompatible);
        }

        // Anthropic's servers are one kind; what the outer dialect writes is only read by the inner one.
        Add(new ChainedDialects(new ResponsesOverChat(clock), chatOverMessages), isCompatible: true);
    }

    /// <returns>The target's API, and the dialect; null where client and target speak the same.</returns>
    /// <exception cref="ModelCallException">There is no way from the one to the other.</exception>
    public (WireApi Api, IDialect? Dialect) Choose(WireApi client, RouteTarget target)
    {
        if (Speaks(target, client))
        {
            return (client, null);
        }

        // OpenAI's own servers want newer names for some members than those that followed it.
        bool isCompatible = target.Kind is not ("openai" or "azure-openai");
        foreach (var api in (ReadOnlySpan<WireApi>)[WireApi.ChatCompletions, WireApi.Messages])
        {
            if (Speaks(target, api) && _dialects.TryGetValue((client, api, isCompatible), out var dialect))
            {
                return (api, dialect);
            }
        }

        throw new ModelCallException(new(
            ModelErrorClass.Unsupported, null,
            client == WireApi.Embeddings ? $"{target.Provider} has no embeddings." : $"{target.Provider} can't be spoken to in this API."));
    }

    private static bool Speaks(RouteTarget target, WireApi api) =>
        target.Endpoint is { } endpoint ? endpoint.Speaks(api) : api is WireApi.ChatCompletions or WireApi.Embeddings;

    private void Add(IDialect dialect, bool isCompatible) => _dialects.Add((dialect.Client, dialect.Target, isCompatible), dialect);
}
