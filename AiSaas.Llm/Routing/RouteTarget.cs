using System.Text.Json;
using System.Text.Json.Serialization;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Prices;
using AiSaas.Llm.Providers;
using AiSaas.Llm.Telemetry;

namespace AiSaas.Llm.Routing;

/// <summary>A model at a provider.</summary>
/// <param name="Provider">The provider's configured name.</param>
/// <param name="Kind">Its kind, such as <c>openai</c>.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="Weight">Its share, for strategies that look at it.</param>
/// <param name="Endpoint">How to reach it; null for the local models.</param>
/// <param name="Health">Shared by all routes that lead there.</param>
public sealed record RouteTarget(string Provider, string Kind, string Model, double Weight, ProviderEndpoint? Endpoint, TargetHealth Health)
{
    public bool IsLocal => Endpoint is null;

    /// <summary>The model's name as a JSON string: what goes into a forwarded body.</summary>
    public ReadOnlyMemory<byte> ModelJson { get; } = JsonSerializer.SerializeToUtf8Bytes(Model, TextJson.Default.String);

    /// <summary>The provider's keys as this model's calls see them; null for the local models.</summary>
    internal KeyPool? Keys { get; } = Endpoint?.Keys.ForModel(Model);

    /// <summary>What spans and figures of chats go under.</summary>
    internal ModelCallLabels ChatLabels { get; } = new("chat", Endpoint?.TelemetryName ?? Provider, Model);

    internal ModelCallLabels EmbeddingLabels { get; } = new("embeddings", Endpoint?.TelemetryName ?? Provider, Model);

    /// <summary>Null where it is not known.</summary>
    public ModelPrice? Price { get; init; }
}

[JsonSerializable(typeof(string))]
internal sealed partial class TextJson : JsonSerializerContext;
