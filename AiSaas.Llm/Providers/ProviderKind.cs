using System.Text.Json;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Providers;

/// <summary>How to reach one API with its own SDK. A new kind is a class like this, or a line in <see cref="All"/>.</summary>
internal abstract class ProviderKind
{
    public static IReadOnlyList<ProviderKind> All { get; } =
    [
        new OpenAIKind
        {
            Name = "openai", TelemetryName = "openai", Address = "https://api.openai.com/v1", DefaultModel = "gpt-5-mini",
            ModelPrefixes = ["gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-"],
        },
        new AnthropicKind
        {
            Name = "anthropic", TelemetryName = "anthropic", Address = "https://api.anthropic.com", DefaultModel = "claude-sonnet-5-5",
            ModelPrefixes = ["claude-"],
        },
        new AzureOpenAIKind { Name = "azure-openai", TelemetryName = "azure.ai.openai", DefaultModel = "gpt-5-mini" },
        new OpenAIKind
        {
            Name = "google", TelemetryName = "gcp.gemini", Address = "https://generativelanguage.googleapis.com/v1beta/openai", DefaultModel = "gemini-2.5-flash",
            ModelPrefixes = ["gemini-"],
        },
        new OpenAIKind { Name = "openai-compatible", KeyRequired = false },
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

    public IEnumerable<string> Faults(ProviderOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.BaseUrl ?? Address))
        {
            yield return "BaseUrl is missing; this kind has no address of its own.";
        }
        else if (!Uri.TryCreate(options.BaseUrl ?? Address, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            yield return $"BaseUrl '{options.BaseUrl}' is no absolute http or https address.";
        }

        if (KeyRequired && options.ApiKeys.Count == 0)
        {
            yield return "ApiKeys is empty; this kind needs at least one.";
        }

        for (int i = 0; i < options.ApiKeys.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(options.ApiKeys[i]) || options.ApiKeys[i].Any(char.IsControl))
            {
                yield return $"ApiKeys:{i} is empty or has characters that no header can carry.";
            }
        }
    }

    public abstract IChatClient Chat(Uri address, string key, string model, HttpClient http);

    /// <summary>Null if this kind has no embeddings.</summary>
    public virtual IEmbeddingGenerator<string, Embedding<float>>? Embeddings(Uri address, string key, string model, int? dimensions, HttpClient http) => null;

    public Uri AddressOf(ProviderOptions options) => Complete(new Uri(options.BaseUrl ?? Address!));

    /// <summary>What an exception of this kind's SDK means.</summary>
    public ModelFailure Read(Exception error) => error switch
    {
        ModelCallException known => known.Failure,
        AggregateException { InnerException: { } first } => Read(first),
        _ when ReadOwn(error) is { } failure => failure,
        HttpRequestException { StatusCode: { } status } => ModelFailure.FromStatus((int)status, error.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse } or HttpIOException =>
            new(ModelErrorClass.Malformed, null, $"The answer broke off: {error.Message}"),
        HttpRequestException or IOException => new(ModelErrorClass.Unreachable, null, error.Message),
        OperationCanceledException or TimeoutException => new(ModelErrorClass.TimedOut, null, "The connection timed out."),
        JsonException or FormatException or InvalidOperationException or ArgumentException or KeyNotFoundException or NotSupportedException =>
            new(ModelErrorClass.Malformed, null, $"The answer is not what this API promises: {error.Message}"),
        _ => new(ModelErrorClass.Malformed, null, error.Message),
    };

    protected abstract ModelFailure? ReadOwn(Exception error);

    protected virtual Uri Complete(Uri address) => address;
}
