using System.ComponentModel.DataAnnotations;

namespace AiSaas.Llm.Models;

/// <summary>The section <c>Gateway</c>: who answers, under which names, and how long we wait.</summary>
public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>The model for those who name none; unset means the first configured provider's own default, else <c>extractive-1</c>.</summary>
    public string? DefaultModel { get; set; }

    /// <summary>The embedder for those who name none. Never chosen by the presence of a key: stored vectors depend on it.</summary>
    public string? DefaultEmbeddingModel { get; set; }

    /// <summary>Where the local embedder's files lie; unset means <c>AISAAS_MODEL_DIR</c>, else the user's cache.</summary>
    public string? LocalModelFolder { get; set; }

    /// <summary>By name. Keys in the environment add <c>openai</c>, <c>anthropic</c> and <c>azure-openai</c>.</summary>
    public Dictionary<string, ProviderOptions> Providers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Logical chat models by name.</summary>
    public Dictionary<string, ModelOptions> Models { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Logical embedding models by name.</summary>
    public Dictionary<string, EmbeddingModelOptions> Embeddings { get; } = new(StringComparer.OrdinalIgnoreCase);

    public DeadlineOptions Deadlines { get; set; } = new();

    public CacheOptions Cache { get; set; } = new();

    public BreakerOptions Breaker { get; set; } = new();

    public RetryBudgetOptions RetryBudget { get; set; } = new();

    /// <summary>What of the section could not be read, in words.</summary>
    internal IReadOnlyList<string> Unreadable { get; set; } = [];
}

public sealed class ModelOptions
{
    /// <summary><c>fallback</c> (in the order given), <c>weighted</c> (a random first by weight, the others behind it), <c>least-latency</c>
    /// (the quickest lately first) or <c>cheapest</c> (by the price table).</summary>
    public string Strategy { get; set; } = "fallback";

    public List<TargetOptions> Targets { get; } = [];

    /// <summary>Logical models to try, in order, when the input does not fit this one's window.</summary>
    public List<string> OnContextTooLong { get; } = [];

    /// <summary>Logical models to try, in order, when a provider's policy refuses the content.</summary>
    public List<string> OnContentRefused { get; } = [];

    /// <summary>Seconds without a first token after which the next target is asked as well; null means <see cref="DeadlineOptions.HedgeAfterSeconds"/>, 0 never.</summary>
    public double? HedgeAfterSeconds { get; set; }
}

public sealed class TargetOptions
{
    public string Provider { get; set; } = "";

    /// <summary>The model's name at that provider.</summary>
    public string Model { get; set; } = "";

    public double Weight { get; set; } = 1;
}

/// <summary>The section <c>Gateway:Embeddings:{name}</c>.</summary>
public sealed class EmbeddingModelOptions
{
    public string Provider { get; set; } = "";

    public string Model { get; set; } = "";

    /// <summary>Asked of models that can give several; unset leaves them to the model.</summary>
    public int? Dimensions { get; set; }

    /// <summary>The <em>same</em> model at other providers (Azure beside OpenAI), tried in order when the first fails: their vectors are mixed.</summary>
    public List<TargetOptions> Fallbacks { get; } = [];

    /// <summary>Put before questions, for models that want it and have no parameter: <c>"query: "</c> for e5.</summary>
    public string? QueryPrefix { get; set; }

    /// <summary>Put before passages: <c>"passage: "</c> for e5.</summary>
    public string? DocumentPrefix { get; set; }

    /// <summary>Texts a request; unset, or more than the provider takes, means as many as that.</summary>
    public int? BatchSize { get; set; }

    /// <summary>UTF-16 code units; what is longer is cut. For servers that refuse long input instead of cutting it themselves.</summary>
    public int? MaxInputCharacters { get; set; }

    /// <summary>The vector score's share in the fusion with words, 0 to 1; unset means what is known of the model.</summary>
    public double? Weight { get; set; }

    /// <summary>The cosine of texts that have nothing to do with each other; unset means what is known of the model.</summary>
    public double? Unrelated { get; set; }

    /// <summary>The cosine from which meaning alone makes a passage worth showing; unset means what is known of the model.</summary>
    public double? Related { get; set; }
}

/// <summary>Seconds. None may be unlimited.</summary>
public sealed class DeadlineOptions
{
    /// <summary>From the call to the first token of a stream, per attempt.</summary>
    [Range(0.05, 600)]
    public double FirstTokenSeconds { get; set; } = 30;

    /// <summary>Between two parts of a stream.</summary>
    [Range(0.05, 600)]
    public double StallSeconds { get; set; } = 30;

    /// <summary>A whole answer that is not streamed, or a batch of embeddings, per attempt.</summary>
    [Range(0.05, 3600)]
    public double AnswerSeconds { get; set; } = 180;

    /// <summary>Everything, all attempts included.</summary>
    [Range(0.05, 3600)]
    public double TotalSeconds { get; set; } = 600;

    /// <summary>Without a first token of a stream for this long, the next target is asked as well; 0 never does.</summary>
    [Range(0.0, 600.0)]
    public double HedgeAfterSeconds { get; set; } = 0.8;

    /// <summary>The same for an answer that is not streamed.</summary>
    [Range(0.0, 600.0)]
    public double HedgeAnswerSeconds { get; set; } = 4;

    /// <summary>To connect to a provider, encryption included.</summary>
    [Range(0.05, 60)]
    public double ConnectSeconds { get; set; } = 2;
}
