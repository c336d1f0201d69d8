using AiSaas.Llm.Routing;
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

    protected override ModelFailure? ReadOwn(Exception error) => error switch
    {
        AnthropicApiException answer => ModelFailure.FromStatus((int)answer.StatusCode, answer.ApiMessage ?? answer.Message.ReplaceLineEndings(" ")),
        AnthropicSseException reported => new(ModelErrorClass.ServerError, null, reported.ApiMessage ?? reported.Message.ReplaceLineEndings(" ")),
        AnthropicException { InnerException: { } cause } => Read(cause),
        AnthropicException => new(ModelErrorClass.Malformed, null, error.Message),
        _ => null,
    };
}
