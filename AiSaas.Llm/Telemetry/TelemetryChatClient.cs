using System.Runtime.CompilerServices;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Telemetry;

/// <summary>Gives each attempt its span and its figures.</summary>
internal sealed class TelemetryChatClient(IChatClient inner, string provider, string model, TimeProvider clock) : DelegatingChatClient(inner)
{
    private readonly ModelCallLabels _labels = new("chat", provider, model);

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using ModelCallSpan span = new(_labels, clock);
        span.Ask(options);
        try
        {
            var response = await base.GetResponseAsync(messages, options, cancellationToken).ConfigureAwait(false);
            span.Answered(response.ModelId, response.ResponseId, response.FinishReason?.Value);
            span.Used(response.Usage);
            span.Succeeded();
            return response;
        }
        catch (Exception error)
        {
            span.Failed(error);
            throw;
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using ModelCallSpan span = new(_labels, clock);
        span.Ask(options);
        await using var updates = base.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
        bool begun = false;
        UsageDetails? usage = null;
        try
        {
            while (await NextAsync(updates, span).ConfigureAwait(false))
            {
                var update = updates.Current;
                if (!begun && update.HasContent())
                {
                    begun = true;
                    span.FirstToken();
                }

                span.Answered(update.ModelId, update.ResponseId, update.FinishReason?.Value);
                usage = update.Contents.OfType<UsageContent>().LastOrDefault()?.Details ?? usage;
                yield return update;
                span.Resume();
            }

            span.Succeeded();
        }
        finally
        {
            // Also when the caller leaves: what was used until then is used.
            span.Used(usage);
        }
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, ModelCallSpan span)
    {
        try
        {
            return await updates.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            span.Failed(error);
            throw;
        }
    }
}
