using System.Runtime.CompilerServices;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Providers;

/// <summary>Turns an SDK's exceptions into <see cref="ModelCallException"/>, without the key, which some servers repeat.</summary>
internal sealed class ErrorTranslation(ProviderKind kind, string key)
{
    public ModelCallException Of(Exception error)
    {
        var failure = kind.Read(error);
        string message = ProviderKey.Without(key, failure.Message);

        // The original is not kept as inner exception: its text may hold the key, and loggers print it.
        return new(failure with { Message = message.Length > 500 ? message[..500] + "…" : message });
    }
}

/// <inheritdoc cref="ErrorTranslation"/>
internal sealed class ErrorTranslatingChatClient(IChatClient inner, ErrorTranslation errors) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        try
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
            return response.Messages.Count > 0 ? response : throw new FormatException("It holds no message.");
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            throw errors.Of(error);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // SDKs wrap the caller's cancellation in exceptions of their own.
            throw new OperationCanceledException(cancellationToken);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync().ConfigureAwait(false))
        {
            yield return updates.Current;
        }

        async ValueTask<bool> NextAsync()
        {
            try
            {
                return await updates.MoveNextAsync().ConfigureAwait(false);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                throw errors.Of(error);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                throw new OperationCanceledException(cancellationToken);
            }
        }
    }
}
