using AiSaas.Llm.Models;

namespace AiSaas.Llm.Routing;

/// <summary>Attempts one after the other until one has something to say; where the first is slow, a second beside it.</summary>
/// <typeparam name="TAnswer">What an attempt brings: a whole answer, or a stream whose first content is there.</typeparam>
/// <param name="walk">Which targets, in which order.</param>
/// <param name="rules">How long who is waited for.</param>
/// <param name="open">Makes an attempt. What it throws is explained by <see cref="AttemptDeadline.Explain"/>; ended by its token it must leave at once.</param>
/// <param name="clock">Measures.</param>
/// <param name="caller">Its cancellation ends everything.</param>
internal sealed class Race<TAnswer>(
    RouteWalk walk, RaceRules rules, Func<RouteAttempt, AttemptDeadline, Task<TAnswer>> open, TimeProvider clock, CancellationToken caller)
    where TAnswer : class, IAsyncDisposable
{
    /// <summary>A target is slow when it takes this many times its usual time.</summary>
    private const double Slow = 3;

    // A timer may ring a moment early, and what is left then is worth no further attempt.
    private readonly long _least = clock.TimestampFrequency / 50;
    private readonly long _totalUntil = clock.GetTimestamp() + (long)(rules.Deadlines.TotalSeconds * clock.TimestampFrequency);
    private bool _isHedged;

    /// <summary>Who was asked last.</summary>
    public RouteTarget? LastTarget { get; private set; }

    /// <summary>The first answer; null if there is none, or the caller left.</summary>
    public async Task<TAnswer?> FirstAsync()
    {
        while (!caller.IsCancellationRequested && _totalUntil - clock.GetTimestamp() > _least && walk.Next() is { } attempt)
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

    private async Task<TAnswer?> HedgedAsync(Runner first, TimeSpan patience)
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
        await later.LoseAsync(silenceCounts: rules.IsStreamed).ConfigureAwait(false);
        return answer;
    }

    private async Task<bool> FinishesWithinAsync(Task task, TimeSpan time)
    {
        if (task.IsCompleted)
        {
            return true;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(caller);
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

        var (least, usual) = rules.IsStreamed
            ? (walk.Route.HedgeAfter ?? TimeSpan.FromSeconds(rules.Deadlines.HedgeAfterSeconds), target.Health.FirstToken)
            : (TimeSpan.FromSeconds(rules.Deadlines.HedgeAnswerSeconds), target.Health.Whole);
        var patience = usual * Slow is { } slow && slow > least ? slow : least;
        return least > TimeSpan.Zero ? patience : null;
    }

    private Runner Start(RouteAttempt attempt)
    {
        LastTarget = attempt.Target;
        rules.Starting?.Invoke(attempt);
        AttemptDeadline deadline = new(_totalUntil, clock, caller);
        return new(attempt, deadline, RunAsync(attempt, deadline));
    }

    // Null when the attempt failed or was given up; the walk knows which.
    private async Task<TAnswer?> RunAsync(RouteAttempt attempt, AttemptDeadline deadline)
    {
        bool answered = false;
        try
        {
            var answer = await open(attempt, deadline).ConfigureAwait(false);
            answered = true;
            return answer;
        }
        catch (Exception error)
        {
            if (deadline.Explain(error, TooLate()) is { } failure)
            {
                walk.Failed(attempt, failure);
            }
            else
            {
                RouteWalk.Cancelled(attempt);
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

    private string TooLate() => rules.IsStreamed
        ? $"No first token within {rules.Deadlines.FirstTokenSeconds:0.##} s."
        : $"No answer within {rules.Deadlines.AnswerSeconds:0.##} s.";

    private sealed record Runner(RouteAttempt Attempt, AttemptDeadline Deadline, Task<TAnswer?> Answer)
    {
        /// <summary>The other one was faster: this one's provider is told at once, by hanging up.</summary>
        public async Task LoseAsync(bool silenceCounts)
        {
            if (silenceCounts && !Attempt.HasHeaders && !Answer.IsCompleted)
            {
                RouteWalk.Silent(Attempt);
            }

            Deadline.Abandon();
            if (await Answer.ConfigureAwait(false) is { } late)
            {
                RouteWalk.Cancelled(Attempt);
                await late.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}

/// <param name="Deadlines">As configured.</param>
/// <param name="IsStreamed">Whether the first token is what is waited for; else the whole answer.</param>
/// <param name="Starting">Told before each attempt's first byte goes out.</param>
internal sealed record RaceRules(DeadlineOptions Deadlines, bool IsStreamed, Action<RouteAttempt>? Starting = null);
