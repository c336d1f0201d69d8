namespace AiSaas.Llm.Models;

/// <summary>The section <c>Gateway:Providers:{name}</c>.</summary>
public sealed class ProviderOptions
{
    /// <summary>openai, anthropic, azure-openai, bedrock, google or openai-compatible; unset means the provider's name.</summary>
    public string? Kind { get; set; }

    /// <summary>Where its API begins, version included (<c>https://host/v1</c>); unset means the kind's own address.</summary>
    public string? BaseUrl { get; set; }

    /// <summary>Shared out by what is left of their limits; one that is refused or limited rests.</summary>
    /// <remarks>For bedrock also <c>ACCESS-KEY-ID:SECRET</c> or <c>ACCESS-KEY-ID:SECRET:SESSION-TOKEN</c>, by which requests are then signed.</remarks>
    public List<string> ApiKeys { get; } = [];

    /// <summary>The chat model to take when nobody names one.</summary>
    public string? DefaultModel { get; set; }

    /// <summary>Of the cloud, for kinds whose address names one (bedrock), such as <c>us-east-1</c>.</summary>
    public string? Region { get; set; }

    /// <summary>Sent with every request, such as <c>OpenAI-Organization</c>.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether it has OpenAI's Responses API itself; unset means only OpenAI and Azure at their own addresses. Without it, it is translated to chat.</summary>
    public bool? NativeResponses { get; set; }

    /// <summary>Unset means <see cref="DeadlineOptions.ConnectSeconds"/>.</summary>
    public double? ConnectSeconds { get; set; }

    /// <summary>An HTTP proxy's address, or <c>environment</c> for what <c>HTTPS_PROXY</c> and its likes say; unset means none.</summary>
    public string? Proxy { get; set; }
}
