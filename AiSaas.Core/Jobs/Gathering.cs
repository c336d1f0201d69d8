using System.Runtime.ExceptionServices;
using Npgsql;

namespace AiSaas.Core.Jobs;

/// <summary>Does in one step what many callers ask for at the same time.</summary>
/// <remarks><code>
///  a ──► leads [a] ───────act──────►
///  b, c, d ──► wait          │ b leads [b c d] ───────act──────►
///  e, f ──► wait                                  │ e leads [e f] …
/// </code>
/// Nobody waits for company: what came while the last step was under way is the next. One of the callers does the work of each
/// step, so there is nothing to start or to stop. An item that Postgres refuses fails no other: halves are tried until it is alone.</remarks>
/// <param name="act">Gives one answer for each item, in their order. What it throws, all of its callers get. One transaction.</param>
/// <param name="largest">Greatest number of items in one step.</param>
/// <param name="most">Greatest number of items taken in; who comes then waits to be.</param>
/// <param name="abreast">How many steps may be under way at once.</param>
internal sealed class Gathering<TItem, TAnswer>(
    Func<IReadOnlyList<TItem>, Task<IReadOnlyList<TAnswer>>> act, int largest, int most, int abreast = 1) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Queue<Caller> _waiting = new();
    private readonly SemaphoreSlim _places = new(most);
    private int _leaders;

    /// <param name="item">What to do.</param>
    /// <param name="cancellation">Ends the wait for being taken in; from then on it is done whatever the caller wants.</param>
    public async Task<TAnswer> DoAsync(TItem item, CancellationToken cancellation)
    {
        await _places.WaitAsync(cancellation);
        try
        {
            Caller caller = new(item);
            bool leads;
            lock (_gate)
            {
                leads = _leaders < abreast;
                if (leads)
                {
                    _leaders++;
                }
                else
                {
                    _waiting.Enqueue(caller);
                }
            }

            if (leads || await caller.Turn.Task)
            {
                await LeadAsync(caller);
            }

            caller.Failure?.Throw();
            return caller.Answer!;
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task LeadAsync(Caller leader)
    {
        List<Caller> step = [leader];
        lock (_gate)
        {
            while (step.Count < largest && _waiting.TryDequeue(out var caller))
            {
                step.Add(caller);
            }
        }

        await ActAsync(step);
        HandOver();
        step.ForEach(caller => caller.Turn.TrySetResult(false));
    }

    private async Task ActAsync(List<Caller> step)
    {
        try
        {
            var answers = await act([.. step.Select(caller => caller.Item)]);
            for (int i = 0; i < step.Count; i++)
            {
                step[i].Answer = answers[i];
            }
        }
        catch (PostgresException refused) when (step.Count > 1 && IsRefusal(refused))
        {
            await ActAsync(step[..(step.Count / 2)]);
            await ActAsync(step[(step.Count / 2)..]);
        }
        catch (Exception failure)
        {
            var thrown = ExceptionDispatchInfo.Capture(failure);
            step.ForEach(caller => caller.Failure = thrown);
        }
    }

    // Classes 22 and 23: bad data, a broken constraint.
    private static bool IsRefusal(PostgresException failure) => failure.SqlState[..2] is "22" or "23";

    private void HandOver()
    {
        Caller? next;
        lock (_gate)
        {
            if (!_waiting.TryDequeue(out next))
            {
                _leaders--;
            }
        }

        next?.Turn.TrySetResult(true);
    }

    private sealed class Caller(TItem item)
    {
        public TItem Item { get; } = item;

        public TAnswer? Answer { get; set; }

        public ExceptionDispatchInfo? Failure { get; set; }

        /// <summary>True: lead. False: it is done.</summary>
        public TaskCompletionSource<bool> Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
