using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Responses;

namespace AiSaas.Llm.Forwarding;

/// <summary>Which API a target is spoken to in, and who translates.</summary>
internal sealed class Dialects(TimeProvider clock)
{
    private readonly IDialect _responses = new ResponsesOverChat(clock);
    private readonly IDialect _responsesOld = new ResponsesOverChat(clock, olderServers: true);

    /// <returns>The target's API, and the dialect; null where client and target speak the same.</returns>
    /// <exception cref="ModelCallException">There is no way from the one to the other.</exception>
    public (WireApi Api, IDialect? Dialect) Choose(WireApi client, RouteTarget target)
    {
        var endpoint = target.Endpoint;
        if (endpoint is null ? client is WireApi.ChatCompletions or WireApi.Embeddings : endpoint.Speaks(client))
        {
            return (client, null);
        }

        bool isNew = target.Kind is "openai" or "azure-openai";
        if (client != WireApi.Embeddings && (endpoint is null || endpoint.Speaks(WireApi.ChatCompletions)))
        {
            return (WireApi.ChatCompletions, client == WireApi.Responses && isNew ? _responses : client == WireApi.Responses ? _responsesOld : NoWay(client, target));
        }

        throw NoWayError(client, target);
    }

    private static IDialect NoWay(WireApi client, RouteTarget target) => throw NoWayError(client, target);

    private static ModelCallException NoWayError(WireApi client, RouteTarget target) => new(new(
        ModelErrorClass.Unsupported, null,
        client == WireApi.Embeddings ? $"{target.Provider} has no embeddings." : $"{target.Provider} can't be spoken to in this API."));
}
