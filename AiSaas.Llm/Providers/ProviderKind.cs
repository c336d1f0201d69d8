using System.Text.Json;
using AiSaas.Llm.Embedding;
using AiSaas.Llm.Models;
using AiSaas.Llm.Reranking;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Providers;

/// <summary>How to reach one API, with its own SDK and by forwarding. A new kind is a class like this, or a line in <see cref="All"/>.</summary>
internal abstract class ProviderKind
{
    public static IReadOnlyList<ProviderKind> All { get; } =
    [
        new OpenAIKind
        {
            Embeddings = new OpenAIEmbeddings("base64"), Name = "openai", TelemetryName = "openai", Address = "https://api.openai.com/v1", DefaultModel = "gpt-5-mini",
            ModelPrefixes = ["gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-"],
        },
        new AnthropicKind
        {
            Name = "anthropic", TelemetryName = "anthropic", Address = "https://api.anthropic.com", DefaultModel = "claude-sonnet-5-5",
            ModelPrefixes = ["claude-"],
        },
        new AzureOpenAIKind { Embeddings = new OpenAIEmbeddings("base64"), Name = "azure-openai", TelemetryName = "azure.ai.openai", DefaultModel = "gpt-5-mini" },
        new BedrockKind { Embeddings = new OpenAIEmbeddings("float"), Name = "bedrock", TelemetryName = "aws.bedrock", DefaultModel = "openai.gpt-oss-120b-1:0" },
        new OpenAIKind
        {
            Embeddings = new OpenAIEmbeddings("float"), Name = "google", TelemetryName = "gcp.gemini", Address = "https://generativelanguage.googleapis.com/v1beta/openai", DefaultModel = "gemini-2.5-flash",
            ModelPrefixes = ["gemini-"],
        },
        new VectorsKind
        {
            Name = "voyage", TelemetryName = "voyage", Address = "https://api.voyageai.com/v1", ModelPrefixes = ["voyage-"],
            Embeddings = new VoyageEmbeddings(), Reranking = new VoyageRerank(),
        },
        new VectorsKind
        {
            Name = "jina", TelemetryName = "jina", Address = "https://api.jina.ai/v1", ModelPrefixes = ["jina-"],
            Embeddings = new JinaEmbeddings(), Reranking = new TopNRerank("rerank"),
        },
        new CohereKind
        {
            Name = "cohere", TelemetryName = "cohere", Address = "https://api.cohere.com", ModelPrefixes = ["embed-", "command-"],
            Embeddings = new CohereEmbeddings(), Reranking = new CohereRerank(),
        },
        new OpenAIKind { Name = "openai-compatible", KeyRequired = false, Embeddings = new OpenAIEmbeddings("float"), Reranking = new TopNRerank("rerank") },
    ];

    public required string Name { get; init; }

    /// <summary>The value of <c>gen_ai.provider.name</c>; null means the name it is configured under.</summary>
    public string? TelemetryName { get; init; }

    /// <summary>Where the API begins unless configured; null means it must be.</summary>
    public string? Address { get; init; }

    /// <summary>The chat model to take when nobody names one.</summary>
    public string? DefaultModel { get; init; }

    public bool KeyRequired { get; init; } = true;

    /// <summary>Model names that begin so are this kind's, without being configured.</summary>
    public IReadOnlyList<string> ModelPrefixes { get; init; } = [];

    public static ProviderKind? Find(string name) => All.FirstOrDefault(kind => kind.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public bool Serves(string model) => ModelPrefixes.Any(prefix => model.StartsWith(prefix, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a key is all that is needed to use it: its address is the kind's own.</summary>
    public bool HasOneAddress => Address is not null;

    public virtual IEnumerable<string> Faults(ProviderOptions options) => ProviderFaults.Of(this, options);

    public abstract IChatClient Chat(Uri address, string key, string model, HttpClient http);

    /// <summary>Null if this kind has no embeddings.</summary>
    public EmbeddingWire? Embeddings { get; init; }

    /// <summary>Null if this kind has no reranker.</summary>
    public RerankWire? Reranking { get; init; }

    /// <summary>Where the API begins, without a slash at its end.</summary>
    public Uri AddressOf(ProviderOptions options) => Complete(new Uri(Base(options)!));

    /// <summary>The configured address, else the kind's own; null if there is neither.</summary>
    public string? Base(ProviderOptions options) => string.IsNullOrWhiteSpace(options.BaseUrl) ? OwnAddress(options) : options.BaseUrl.Trim();

    public abstract bool Speaks(WireApi api, ProviderOptions options);

    /// <summary>Below the base.</summary>
    public abstract string PathOf(WireApi api);

    /// <summary>Puts the key where this API looks for it. Without a secret it puts nothing.</summary>
    public virtual void Authorize(HttpRequestMessage request, string secret)
    {
        if (secret.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + secret);
        }
    }

    /// <summary>What this kind's requests go through before they leave.</summary>
    public virtual HttpMessageHandler Around(HttpMessageHandler transport, ProviderOptions options, TimeProvider clock) => transport;

    /// <summary>What an exception of this kind's SDK means.</summary>
    public ModelFailure Read(Exception error) => error switch
    {
        ModelCallException known => known.Failure,
        AggregateException { InnerException: { } first } => Read(first),
        _ when ReadOwn(error) is { } failure => failure,
        HttpRequestException { StatusCode: { } status } => ModelFailure.FromStatus((int)status, error.Message),
        _ when UpstreamFailure.OfTransport(error) is { } failure => failure,
        JsonException or FormatException or InvalidOperationException or ArgumentException or KeyNotFoundException or NotSupportedException =>
            new(ModelErrorClass.Malformed, null, $"The answer is not what this API promises: {error.Message}"),
        _ => new(ModelErrorClass.Malformed, null, error.Message),
    };

    protected abstract ModelFailure? ReadOwn(Exception error);

    protected virtual string? OwnAddress(ProviderOptions options) => Address;

    protected virtual Uri Complete(Uri address) => address;
}
