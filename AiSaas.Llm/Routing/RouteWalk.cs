using AiSaas.Llm.Keys;
using AiSaas.Llm.Telemetry;

namespace AiSaas.Llm.Routing;

/// <summary>One call's way through the targets and keys of a route.</summary>
/// <remarks>
/// 1. A target that rests (breaker, pause) or has no usable key is passed over.
/// 2. A refused or limited key: the same target with another key, then the next target.
/// 3. A fault of the target: the next target.
/// 4. Input too long, or declined by policy: the targets of the route's own list for that.
/// 5. A bad request, or the caller's cancellation: the end.
/// Every further attempt takes from the retry budget.
/// </remarks>
internal sealed class RouteWalk
{
    private const int MostAttempts = 10;

    // A hedge runs beside its elder: both may fail at once.
    private readonly Lock _gate = new();
    private readonly Route _route;
    private readonly RouteContext _context;
    private readonly IReadOnlyDictionary<string, KeyPool>? _ownKeys;
    private readonly List<ProviderKey> _tried = [];
    private IReadOnlyList<RouteTarget> _targets;
    private int _next;
    private RouteTarget? _sameAgain;
    private bool _isDetour;
    private TimeSpan? _wait;
    private ModelFailure? _resting;

    public RouteWalk(Route route, RouteContext context, IReadOnlyDictionary<string, KeyPool>? ownKeys = null)
    {
        (_route, _context, _ownKeys) = (route, context, ownKeys);
        _targets = route.Order.Of(route.Targets);
        Log = new(context.Clock);
        context.Retries.CallBegins();
    }

    public AttemptLog Log { get; }

    public Route Route => _route;

    /// <summary>The last failure that ended an attempt.</summary>
    public ModelFailure? Last { get; private set; }

    /// <summary>Whether another target could be asked while one is waited for.</summary>
    public bool HasMore => _next < _targets.Count && Log.Count < MostAttempts;

    /// <summary>The next attempt, already in the log; null when nothing is left to try.</summary>
    public RouteAttempt? Next()
    {
        lock (_gate)
        {
            return Following();
        }
    }

    /// <summary>Takes note of a failure and decides what <see cref="Next"/> may try.</summary>
    public void Failed(RouteAttempt attempt, ModelFailure failure)
    {
        lock (_gate)
        {
            Note(attempt, failure);
        }
    }

    public static void Succeeded(RouteAttempt attempt, TimeSpan? firstToken, TimeSpan? whole)
    {
        attempt.Entry.Succeeded();
        attempt.Span?.Succeeded();
        attempt.EndSpan();
        attempt.Keys?.Succeeded(attempt.Key);
        attempt.Target.Health.Succeeded(firstToken, whole);
    }

    /// <summary>Another attempt was faster, and this one hadn't shown any sign of life: that speaks against its target.</summary>
    public static void Silent(RouteAttempt attempt)
    {
        ModelFailure failure = new(ModelErrorClass.TimedOut, null, $"Not even a header after {attempt.Entry.Elapsed.TotalSeconds:0.##} s; another target was asked and was faster.");
        attempt.Entry.Failed(failure);
        attempt.Span?.Failed(failure);
        attempt.EndSpan();
        attempt.Target.Health.Failed(failure);
    }

    /// <summary>The caller left, or another attempt was faster.</summary>
    public static void Cancelled(RouteAttempt attempt)
    {
        attempt.Entry.Cancelled();
        attempt.EndSpan();
        attempt.Target.Health.Abandoned();
    }

    /// <summary>Why nobody answered: the last failure, or that all targets rest.</summary>
    public ModelFailure Outcome() => Last
        ?? (_resting ?? new(ModelErrorClass.ServerError, 503, "No target of this model can be used now.")) with
        {
            RetryAfter = _wait,
            Message = _resting is null
                ? $"No target of {_route.Name} can be used now."
                : $"All targets of {_route.Name} rest after failures; the last one was: {_resting.Message}",
        };

    private RouteAttempt? Following()
    {
        while (Candidate() is { } target)
        {
            if (!target.Health.TryEnter(out var wait))
            {
                Skip(wait, target.Health.LastFailure);
                continue;
            }

            var pool = PoolOf(target);
            var key = pool is null ? ProviderKey.None : pool.Choose(_tried);
            if (key is null)
            {
                target.Health.Abandoned();
                Skip(pool!.NextIn(), KeysResting(target, pool));
                continue;
            }

            if (Log.Count > 0 && (Log.Count >= MostAttempts || !_context.Retries.TryTake()))
            {
                target.Health.Abandoned();
                return null;
            }

            return new(target, pool, key, Log.Begin(target.Provider, target.Model, key.Id.Length > 0 ? key.Id : null));
        }

        return null;
    }

    private void Note(RouteAttempt attempt, ModelFailure failure)
    {
        Last = failure;
        attempt.Entry.Failed(failure);
        attempt.Span?.Failed(failure);
        attempt.EndSpan();
        attempt.Target.Health.Failed(failure);
        _context.NoteFailure(_route.Name, attempt.Target, failure);
        if (failure.IsKeysFault)
        {
            attempt.Keys?.Failed(attempt.Key, failure);
            _tried.Add(attempt.Key);
            _sameAgain = attempt.Target;
        }
        else if (!failure.AnotherProviderMayHelp)
        {
            var detour = failure.Class switch
            {
                ModelErrorClass.ContextTooLong => _route.OnContextTooLong,
                ModelErrorClass.ContentRefused => _route.OnContentRefused,
                _ => [],
            };
            (_targets, _next) = (_isDetour ? [] : [.. detour.SelectMany(route => route.Order.Of(route.Targets))], 0);
            _isDetour = true;
        }
    }

    private RouteTarget? Candidate()
    {
        if (_sameAgain is { } again)
        {
            _sameAgain = null;
            return again;
        }

        // What a key met with one model says nothing about another; a refused one is out of its pool anyway.
        _tried.Clear();
        return _next < _targets.Count ? _targets[_next++] : null;
    }

    private KeyPool? PoolOf(RouteTarget target) =>
        target.IsLocal ? null
        : _ownKeys is not null && _ownKeys.TryGetValue(target.Provider, out var own) ? own.ForModel(target.Model)
        : target.Keys;

    private void Skip(TimeSpan? wait, ModelFailure? reason)
    {
        _wait = wait is { } pause && (_wait is null || pause < _wait) ? pause : _wait;
        _resting ??= reason;
    }

    // A pool that only cools is limited, and says until when; one that was refused needs a person.
    private static ModelFailure KeysResting(RouteTarget target, KeyPool pool)
    {
        var states = pool.States();
        var resting = states.FirstOrDefault(state => state.Condition == KeyCondition.Cooling) ?? states.FirstOrDefault(state => state.Reason is not null);
        return resting is { Condition: KeyCondition.Cooling }
            ? new(ModelErrorClass.RateLimited, 429, $"{target.Provider} limits us.")
            : new(ModelErrorClass.KeyRefused, null, $"There is no usable key for {target.Provider}.");
    }
}

/// <summary>One try: who, with which key, and its entry in the log.</summary>
/// <param name="Keys">The pool the key came from; null for the local models.</param>
internal sealed record RouteAttempt(RouteTarget Target, KeyPool? Keys, ProviderKey Key, AttemptLog.Attempt Entry)
{
    /// <summary>Ended with the attempt; null where the clients behind have spans of their own.</summary>
    public ModelCallSpan? Span { get; set; }

    /// <summary>Whether the target has answered at all.</summary>
    public bool HasHeaders { get; set; }

    /// <summary>Once: an attempt that is given up may hear of its end twice.</summary>
    public void EndSpan()
    {
        Span?.Dispose();
        Span = null;
    }
}
