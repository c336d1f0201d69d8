using System.Runtime.CompilerServices;
using OpenAI.Chat;

namespace Microsoft.Extensions.AI;

/// <summary>Calls OpenAI's chat completions.</summary>
internal sealed class OpenAIChatClient : IChatClient
{
    private readonly ChatClient _client;
    private readonly ChatClientMetadata _metadata;

    public OpenAIChatClient(ChatClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
        _metadata = new("openai", client.Endpoint, client.Model);
    }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var answer = await _client.CompleteChatAsync(
            OpenAIMessages.Convert(messages, options), OpenAIOptions.Convert(options), cancellationToken).ConfigureAwait(false);
        return OpenAIAnswers.Convert(answer.Value);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var parts = _client.CompleteChatStreamingAsync(
            OpenAIMessages.Convert(messages, options), OpenAIOptions.Convert(options), cancellationToken);
        OpenAIStream stream = new();
        await foreach (var part in parts.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            yield return stream.Convert(part);
        }

        if (stream.ToolCalls() is { } calls)
        {
            yield return calls;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(ChatClient) ? _client
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    // The OpenAI client belongs to whoever made it.
    void IDisposable.Dispose()
    {
    }
}
