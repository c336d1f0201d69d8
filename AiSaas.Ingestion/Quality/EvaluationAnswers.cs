using AiSaas.Contracts.Chat;
using AiSaas.Core.Chat;
using AiSaas.Core.Gateway.Governor;
using AiSaas.Core.Identity;
using AiSaas.Core.Retrieval;
using AiSaas.Ingestion.Chat;
using AiSaas.Llm.Routing;
using Microsoft.Extensions.AI;

namespace AiSaas.Ingestion.Quality;

/// <summary>Answers golden questions, as chats are answered, for the sake of what the answers cite.</summary>
/// <remarks>A model that fails or is refused fails no evaluation: its question goes without, and after some in a row nobody asks it again.</remarks>
internal sealed class EvaluationAnswers(IChatClient client, UserId user, int most, TimeSpan deadline, TimeProvider clock, Action<string> log)
{
    private const int MostFailuresInARow = 3;

    private int _asked;
    private int _failures;

    /// <returns>The citations, checked; null where nobody answered.</returns>
    public async Task<IReadOnlyList<Citation>?> AnswerAsync(string question, IReadOnlyList<Passage> passages, CancellationToken cancellation)
    {
        if (_asked >= most || _failures >= MostFailuresInARow)
        {
            return null;
        }

        if (passages.Count == 0)
        {
            return [];
        }

        _asked++;
        using CancellationTokenSource late = new(deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            var cited = await CitedAsync(question, passages, either.Token);
            _failures = 0;
            return cited;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested
            && failure is ModelCallException or CallRefusedException or OperationCanceledException)
        {
            _failures++;
            log($"No answer: {(failure is OperationCanceledException ? $"none within {deadline.TotalSeconds:0} s" : failure.Message)}");
            if (_failures == MostFailuresInARow)
            {
                log("The model is asked no more; citations count where it answered.");
            }

            return null;
        }
    }

    private async Task<IReadOnlyList<Citation>> CitedAsync(string question, IReadOnlyList<Passage> passages, CancellationToken cancellation)
    {
        ModelAnswer model = new(client, new AnswerTask(question, "", [], user), passages);
        AnswerDraft draft = new(passages);
        await foreach (string delta in model.StreamAsync(cancellation))
        {
            foreach (var _ in draft.Add(delta))
            {
                // The parts are for readers of a stream; the draft keeps the citations.
            }
        }

        // What is merely closest answers nothing.
        return model.Answered == false ? [] : draft.Citations;
    }
}
