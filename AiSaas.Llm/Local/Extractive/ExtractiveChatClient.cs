using System.Runtime.CompilerServices;
using AiSaas.Llm.Grounding;
using AiSaas.Llm.Local.UseLite;
using AiSaas.Llm.Text;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Local.Extractive;

/// <summary><c>extractive-1</c>: answers by quoting the passages that come with the question. It is no language model and writes no word of its own,
/// save that the documents hold no answer.</summary>
/// <remarks>Usage is counted by the local tokenizer and marked as estimated, because nothing was generated.</remarks>
public sealed class ExtractiveChatClient : IChatClient
{
    /// <summary>The answer when nothing fits. Its wording is stable; programs read <see cref="AnsweredKey"/> instead.</summary>
    public const string NoAnswer = "The documents do not contain an answer to this question.";

    /// <summary>Additional property of the response and of a stream's last update: whether there is an answer (bool).</summary>
    public const string AnsweredKey = "aisaas.answered";

    /// <summary>Likewise: the quotes, with their places (<see cref="IReadOnlyList{ExtractiveQuote}"/>).</summary>
    public const string QuotesKey = "aisaas.quotes";

    /// <summary>In <see cref="UsageDetails.AdditionalCounts"/>: 1 if the counts are our estimate and not a provider's.</summary>
    public const string EstimatedKey = "aisaas.estimated";

    /// <summary>A few words at a time: smooth to read, cheap to send.</summary>
    private const int WordsPerUpdate = 4;

    private readonly Lazy<(ExtractiveAnswerer Answerer, ITokenCounter Tokens)> _parts;
    private readonly TimeProvider _clock;
    private readonly ChatClientMetadata _metadata = new(LocalModels.Provider, defaultModelId: LocalModels.Extractive);

    /// <param name="embedder">Asked at the first question; null where the local model is not installed: then words alone decide.</param>
    /// <param name="clock">Dates the answers.</param>
    public ExtractiveChatClient(Func<UseLiteEmbeddingGenerator?> embedder, TimeProvider clock)
    {
        _clock = clock;
        _parts = new(() =>
        {
            var generator = embedder();
            return (new(generator), generator?.Tokenizer ?? (ITokenCounter)new ApproximateTokenCounter());
        });
    }

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var response = await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);
        response.AdditionalProperties ??= response.Messages[^1].AdditionalProperties;
        return response;
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] all = [.. messages];
        var (answerer, tokens) = _parts.Value;
        var answer = GroundedPrompt.Read(all) is { } question
            ? await answerer.AnswerAsync(question, cancellationToken).ConfigureAwait(false)
            : ExtractiveAnswer.None(0);
        string id = $"extractive-{Guid.CreateVersion7(_clock.GetUtcNow()):N}";
        foreach (string part in Parts(answer.Text))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Update(new TextContent(part));
        }

        var last = Update(new UsageContent(Usage(all, answer.Text, tokens)));
        last.FinishReason = ChatFinishReason.Stop;
        last.AdditionalProperties = new() { [AnsweredKey] = answer.Quotes.Count > 0, [QuotesKey] = answer.Quotes };
        yield return last;

        ChatResponseUpdate Update(AIContent content) => new(ChatRole.Assistant, [content])
        {
            ResponseId = id,
            MessageId = id,
            ModelId = LocalModels.Extractive,
            CreatedAt = _clock.GetUtcNow(),
        };
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    // The embedder is shared; there is nothing else to give back.
    public void Dispose()
    {
    }

    private static IEnumerable<string> Parts(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = start;
            for (int words = 0; words < WordsPerUpdate && end < text.Length; words++)
            {
                int space = text.IndexOf(' ', end);
                end = space < 0 ? text.Length : space + 1;
            }

            yield return text[start..end];
            start = end;
        }
    }

    private static UsageDetails Usage(ChatMessage[] messages, string answer, ITokenCounter tokens)
    {
        int input = messages.Sum(message => tokens.CountTokens(message.Text)), output = tokens.CountTokens(answer);
        return new() { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output, AdditionalCounts = new() { [EstimatedKey] = 1 } };
    }
}
