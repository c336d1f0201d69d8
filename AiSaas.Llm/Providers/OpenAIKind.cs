using System.ClientModel;
using System.ClientModel.Primitives;
using System.Globalization;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;

namespace AiSaas.Llm.Providers;

/// <summary>OpenAI and every server that speaks its API, through OpenAI's SDK.</summary>
internal class OpenAIKind : ProviderKind
{
    // Servers without keys ignore it, but the SDK insists on one.
    private const string NoKey = "none";

    public override IChatClient Chat(Uri address, string key, string model, HttpClient http) =>
        new ChatClient(model, Credential(key), Options(address, http)).AsIChatClient();

    public override IEmbeddingGenerator<string, Embedding<float>> Embeddings(Uri address, string key, string model, int? dimensions, HttpClient http) =>
        new EmbeddingClient(model, Credential(key), Options(address, http)).AsIEmbeddingGenerator(dimensions);

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

/// <summary>Azure OpenAI's v1 API, which takes keys as OpenAI does; models are names of deployments.</summary>
internal sealed class AzureOpenAIKind : OpenAIKind
{
    // The portal shows the resource's bare address.
    protected override Uri Complete(Uri address) => address.AbsolutePath == "/" ? new Uri(address, "/openai/v1/") : address;
}
