using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

internal sealed record Deadlines(TimeSpan FirstToken, TimeSpan Stall, TimeSpan Answer);

/// <summary>Ends an attempt that takes too long: to its first token, between two parts, or in all if it is not streamed.</summary>
internal sealed class DeadlineChatClient(IChatClient inner, Deadlines deadlines, TimeProvider clock) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource deadline = new(deadlines.Answer, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await base.GetResponseAsync(messages, options, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException ended) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw TimedOut($"No answer within {deadlines.Answer.TotalSeconds:0.##} s.", ended);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using CancellationTokenSource deadline = new(deadlines.FirstToken, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        await using var updates = base.GetStreamingResponseAsync(messages, options, either.Token).GetAsyncEnumerator(either.Token);
        bool begun = false;
        while (await NextAsync().ConfigureAwait(false))
        {
            begun |= updates.Current.HasContent();

            // While the caller works on this part, the provider's clock stands still.
            deadline.CancelAfter(Timeout.InfiniteTimeSpan);
            yield return updates.Current;
            deadline.CancelAfter(begun ? deadlines.Stall : deadlines.FirstToken);
        }

        async ValueTask<bool> NextAsync()
        {
            try
            {
                return await updates.MoveNextAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException ended) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw TimedOut(begun
                    ? $"The stream stood still for {deadlines.Stall.TotalSeconds:0.##} s."
                    : $"No first token within {deadlines.FirstToken.TotalSeconds:0.##} s.", ended);
            }
        }
    }

    private static ModelCallException TimedOut(string message, Exception cause) => new(new(ModelErrorClass.TimedOut, null, message), cause);
}
