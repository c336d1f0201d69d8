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
}

public sealed class ProviderOptions
{
    /// <summary>openai, anthropic, azure-openai, google or openai-compatible; unset means the provider's name.</summary>
    public string? Kind { get; set; }

    /// <summary>Where its API begins, version included (<c>https://host/v1</c>); unset means the kind's own address.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Tried in order when one is refused or limited.</summary>
    public List<string> ApiKeys { get; } = [];

    /// <summary>The chat model to take when nobody names one.</summary>
    public string? DefaultModel { get; set; }
}

public sealed class ModelOptions
{
    /// <summary><c>fallback</c> (in the order given) or <c>weighted</c> (a random first by weight, the others behind it).</summary>
    public string Strategy { get; set; } = "fallback";

    public List<TargetOptions> Targets { get; } = [];
}

public sealed class TargetOptions
{
    public string Provider { get; set; } = "";

    /// <summary>The model's name at that provider.</summary>
    public string Model { get; set; } = "";

    public double Weight { get; set; } = 1;
}

public sealed class EmbeddingModelOptions
{
    public string Provider { get; set; } = "";

    public string Model { get; set; } = "";

    public int? Dimensions { get; set; }
}

/// <summary>Seconds. None may be unlimited.</summary>
public sealed class DeadlineOptions
{
    /// <summary>From the call to the first token of a stream, per attempt.</summary>
    [Range(0.05, 600)]
    public double FirstTokenSeconds { get; set; } = 30;

    /// <summary>Between two parts of a stream.</summary>
    [Range(0.05, 600)]
    public double StallSeconds { get; set; } = 60;

    /// <summary>A whole answer that is not streamed, or a batch of embeddings, per attempt.</summary>
    [Range(0.05, 3600)]
    public double AnswerSeconds { get; set; } = 180;

    /// <summary>Everything, all attempts included.</summary>
    [Range(0.05, 3600)]
    public double TotalSeconds { get; set; } = 600;
}
