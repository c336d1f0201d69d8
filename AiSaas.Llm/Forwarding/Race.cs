using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Forwarding;

/// <summary>Attempts one after the other until one has something to say; where the first is slow, a second beside it.</summary>
internal sealed class Race(
    ForwardCall call, RouteWalk walk, Upstream upstream, DeadlineOptions deadlines, TimeProvider clock, CancellationToken caller)
{
    /// <summary>A target is slow when it takes this many times its usual time.</summary>
    private const double Slow = 3;

    private readonly long _totalUntil = clock.GetTimestamp() + (long)(deadlines.TotalSeconds * clock.TimestampFrequency);
    private bool _isHedged;

    /// <summary>Who was asked last.</summary>
    public RouteTarget? LastTarget { get; private set; }

    /// <summary>The last refusal in a provider's own words.</summary>
    public UpstreamRefusal? Refusal { get; private set; }

    public long InputEstimate => call.InputEstimate;

    /// <summary>The first answer; null if there is none, or the caller left.</summary>
    public async Task<UpstreamAnswer?> FirstAsync()
    {
        while (!caller.IsCancellationRequested && walk.Next() is { } attempt)
        {
            var runner = Start(attempt);
            var answer = HedgeAfter(attempt.Target) is { } patience
                ? await HedgedAsync(runner, patience).ConfigureAwait(false)
                : await runner.Answer.ConfigureAwait(false);
            if (answer is not null)
            {
                return answer;
            }
        }

        return null;
    }

    private async Task<UpstreamAnswer?> HedgedAsync(Runner first, TimeSpan patience)
    {
        if (await FinishesWithinAsync(first.Answer, patience).ConfigureAwait(false) || walk.Next() is not { } attempt)
        {
            return await first.Answer.ConfigureAwait(false);
        }

        _isHedged = true;
        var second = Start(attempt);
        var (sooner, later) = await Task.WhenAny(first.Answer, second.Answer).ConfigureAwait(false) == first.Answer ? (first, second) : (second, first);
        var answer = await sooner.Answer.ConfigureAwait(false);
        if (answer is null)
        {
            return await later.Answer.ConfigureAwait(false);
        }

        // A stream's headers come at once, a whole answer's with the answer.
        await later.LoseAsync(silenceCounts: call.Envelope.IsStreamed).ConfigureAwait(false);
        return answer;
    }

    private async Task<bool> FinishesWithinAsync(Task task, TimeSpan time)
    {
        if (task.IsCompleted)
        {
            return true;
        }

        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(caller);
        bool finished = await Task.WhenAny(task, Task.Delay(time, clock, over.Token)).ConfigureAwait(false) == task;
        await over.CancelAsync().ConfigureAwait(false);
        return finished || caller.IsCancellationRequested;
    }

    // One hedge a call, and only where another target is left. An unknown target gets the configured patience, a slow one its own.
    private TimeSpan? HedgeAfter(RouteTarget target)
    {
        if (_isHedged || !walk.HasMore)
        {
            return null;
        }

        var (least, usual) = call.Envelope.IsStreamed
            ? (walk.Route.HedgeAfter ?? TimeSpan.FromSeconds(deadlines.HedgeAfterSeconds), target.Health.FirstToken)
            : (TimeSpan.FromSeconds(deadlines.HedgeAnswerSeconds), target.Health.Whole);
        var patience = usual * Slow is { } slow && slow > least ? slow : least;
        return least > TimeSpan.Zero ? patience : null;
    }

    private Runner Start(RouteAttempt attempt)
    {
        LastTarget = attempt.Target;
        call.Sending?.Invoke(attempt.Target);
        attempt.Span = new(call.Api == WireApi.Embeddings ? attempt.Target.EmbeddingLabels : attempt.Target.ChatLabels, clock);
        AttemptDeadline deadline = new(_totalUntil, clock, caller);
        return new(attempt, deadline, RunAsync(attempt, deadline));
    }

    // Null when the attempt failed or was given up; the walk knows which.
    private async Task<UpstreamAnswer?> RunAsync(RouteAttempt attempt, AttemptDeadline deadline)
    {
        bool answered = false;
        try
        {
            var answer = await upstream.OpenAsync(call, attempt, deadline).ConfigureAwait(false);
            answered = true;
            return answer;
        }
        catch (Exception error)
        {
            Refusal = error as UpstreamRefusal ?? Refusal;
            var failure = error is UpstreamRefusal refused ? refused.Failure : deadline.Explain(error, TooLate());
            if (failure is null || caller.IsCancellationRequested)
            {
                RouteWalk.Cancelled(attempt);
            }
            else
            {
                walk.Failed(attempt, failure);
            }

            return null;
        }
        finally
        {
            if (!answered)
            {
                deadline.Dispose();
            }
        }
    }

    private string TooLate() => call.Envelope.IsStreamed
        ? $"No first token within {deadlines.FirstTokenSeconds:0.##} s."
        : $"No answer within {deadlines.AnswerSeconds:0.##} s.";

    private sealed record Runner(RouteAttempt Attempt, AttemptDeadline Deadline, Task<UpstreamAnswer?> Answer)
    {
        /// <summary>The other one was faster: its provider is told at once by hanging up.</summary>
        public async Task LoseAsync(bool silenceCounts)
        {
            if (silenceCounts && !Attempt.HasHeaders && !Answer.IsCompleted)
            {
                RouteWalk.Silent(Attempt);
            }

            Deadline.Abandon();
            if (await Answer.ConfigureAwait(false) is { } late)
            {
                RouteWalk.Cancelled(late.Attempt);
                late.Dispose();
            }
        }
    }
}
