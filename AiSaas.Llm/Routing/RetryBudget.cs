using AiSaas.Llm.Models;

namespace AiSaas.Llm.Routing;

/// <summary>Keeps further attempts and hedges a bounded share of all calls, so that an outage is not answered with a multiple of the load.</summary>
/// <remarks>Each call earns a fraction of an attempt; a steady trickle lets quiet times retry as well.</remarks>
public sealed class RetryBudget(RetryBudgetOptions options, TimeProvider clock)
{
    /// <summary>What may be saved up, in seconds of the trickle.</summary>
    private const double Saved = 10;

    private readonly Lock _gate = new();
    private readonly double _most = Math.Max(1, options.MinimumPerSecond * Saved);
    private double _left = Math.Max(1, options.MinimumPerSecond * Saved);
    private long _at = clock.GetTimestamp();

    public void CallBegins()
    {
        lock (_gate)
        {
            _left = Math.Min(_most, _left + options.Ratio);
        }
    }

    public bool TryTake()
    {
        lock (_gate)
        {
            long now = clock.GetTimestamp();
            _left = Math.Min(_most, _left + (clock.GetElapsedTime(_at, now).TotalSeconds * options.MinimumPerSecond));
            _at = now;
            if (_left < 1)
            {
                return false;
            }

            _left--;
            return true;
        }
    }
}
