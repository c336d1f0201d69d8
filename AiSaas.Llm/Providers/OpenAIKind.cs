using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace AiSaas.Llm.Providers;

/// <summary>OpenAI and every server that speaks its API, through OpenAI's SDK.</summary>
internal class OpenAIKind : ProviderKind
{
    // Servers without keys ignore it, but the SDK insists on one.
    private const string NoKey = "none";

    public override IChatClient Chat(Uri address, string key, string model, HttpClient http) =>
        new ChatClient(model, Credential(key), Options(address, http)).AsIChatClient();

    public override bool Speaks(WireApi api, ProviderOptions options) => api switch
    {
        WireApi.ChatCompletions or WireApi.Embeddings => true,
        WireApi.Responses => options.NativeResponses ?? HasResponses(options),
        _ => false,
    };

    public override string PathOf(WireApi api) => api switch
    {
        WireApi.ChatCompletions => "chat/completions",
        WireApi.Embeddings => "embeddings",
        WireApi.Responses => "responses",
        _ => throw new ArgumentOutOfRangeException(nameof(api), api, "OpenAI's API has no such route."),
    };

    /// <summary>Servers that speak OpenAI's chat API seldom have this one; OpenAI itself has.</summary>
    protected virtual bool HasResponses(ProviderOptions options) => Name == "openai" && Base(options) == Address;

    protected override ModelFailure? ReadOwn(Exception error) => error switch
    {
        ClientResultException { Status: 0, InnerException: { } cause } => Read(cause),
        ClientResultException { Status: 0 } => new(ModelErrorClass.Unreachable, null, error.Message),
        ClientResultException result => ModelFailure.FromStatus(result.Status, result.Message.ReplaceLineEndings(" "), RetryAfter(result)),
        _ => null,
    };

    private static ApiKeyCredential Credential(string key) => new(key.Length > 0 ? key : NoKey);

    private static OpenAIClientOptions Options(Uri address, HttpClient http) => new()
    {
        Endpoint = address,
        Transport = new HttpClientPipelineTransport(http),

        // Our own routing retries, where it can be seen; our own deadlines end calls.
        RetryPolicy = new ClientRetryPolicy(maxRetries: 0),
        NetworkTimeout = Timeout.InfiniteTimeSpan,
    };

    private static TimeSpan? RetryAfter(ClientResultException error) =>
        error.GetRawResponse()?.Headers.TryGetValue("retry-after", out string? value) is true
        && double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and < 86_400
            ? TimeSpan.FromSeconds(seconds)
            : null;
}

/// <summary>Azure OpenAI's v1 API; models are names of deployments.</summary>
internal sealed class AzureOpenAIKind : OpenAIKind
{
    public override void Authorize(HttpRequestMessage request, string secret)
    {
        if (secret.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("api-key", secret);
        }
    }

    protected override bool HasResponses(ProviderOptions options) =>
        Uri.TryCreate(Base(options), UriKind.Absolute, out var address) && address.Host.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase);

    // The portal shows the resource's bare address.
    protected override Uri Complete(Uri address) => address.AbsolutePath == "/" ? new Uri(address, "/openai/v1/" + address.Query) : address;
}
