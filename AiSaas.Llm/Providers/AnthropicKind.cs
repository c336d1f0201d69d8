using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Anthropic;
using Anthropic.Core;
using Anthropic.Exceptions;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Providers;

/// <summary>Anthropic, through its SDK's own chat client.</summary>
internal sealed class AnthropicKind : ProviderKind
{
    /// <summary>The API demands a bound; this is what an answer may have if nobody says otherwise.</summary>
    private const int DefaultMaxOutputTokens = 8192;

    private const string VersionHeader = "anthropic-version";
    private const string Version = "2023-06-01";

    public override IChatClient Chat(Uri address, string key, string model, HttpClient http)
    {
        ClientOptions options = new()
        {
            ApiKey = key,
            BaseUrl = address.AbsoluteUri.TrimEnd('/'),
            HttpClient = http,

            // Our own routing retries, where it can be seen; our own deadlines end calls.
            MaxRetries = 0,
            Timeout = TimeSpan.FromHours(1),

            // Our spans cover the same calls, and never hold content.
            OpenTelemetry = new OpenTelemetryOptions { Traces = new() { Enabled = false } },
        };
        return new AnthropicClient(options).AsIChatClient(model, DefaultMaxOutputTokens);
    }

    public override bool Speaks(WireApi api, ProviderOptions options) => api == WireApi.Messages;

    public override string PathOf(WireApi api) => api == WireApi.Messages
        ? "v1/messages"
        : throw new ArgumentOutOfRangeException(nameof(api), api, "Anthropic's API has no such route.");

    public override void Authorize(HttpRequestMessage request, string secret)
    {
        if (secret.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("x-api-key", secret);
        }

        if (!request.Headers.NonValidated.Contains(VersionHeader))
        {
            request.Headers.TryAddWithoutValidation(VersionHeader, Version);
        }
    }

    // Some write it with the version, as OpenAI's addresses are; the SDK and the path above bring it themselves.
    protected override Uri Complete(Uri address) =>
        address.AbsolutePath.TrimEnd('/') is var path && path.EndsWith("/v1", StringComparison.Ordinal)
            ? new UriBuilder(address) { Path = path[..^"/v1".Length] }.Uri
            : address;

    protected override ModelFailure? ReadOwn(Exception error) => error switch
    {
        AnthropicApiException answer => ModelFailure.FromStatus((int)answer.StatusCode, answer.ApiMessage ?? answer.Message.ReplaceLineEndings(" ")),
        AnthropicSseException reported => new(ModelErrorClass.ServerError, null, reported.ApiMessage ?? reported.Message.ReplaceLineEndings(" ")),
        AnthropicException { InnerException: { } cause } => Read(cause),
        AnthropicException => new(ModelErrorClass.Malformed, null, error.Message),
        _ => null,
    };
}
