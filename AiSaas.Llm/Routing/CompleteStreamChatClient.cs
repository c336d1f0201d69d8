using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

/// <summary>A stream that ends without a finish reason was cut off: that is a failure, never a short answer.</summary>
internal sealed class CompleteStreamChatClient(IChatClient inner) : DelegatingChatClient(inner)
{
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        bool finished = false;
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            finished |= update.FinishReason is not null;
            yield return update;
        }

        if (!finished)
        {
            throw new ModelCallException(new(ModelErrorClass.Malformed, null, "The stream broke off before the model had finished."));
        }
    }
}
