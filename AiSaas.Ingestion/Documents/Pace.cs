namespace AiSaas.Ingestion.Documents;

/// <summary>How fast this worker has been lately, to say how long a document will take.</summary>
internal sealed class Pace
{
    // Below this share read, a forecast is a guess.
    private const double Enough = 0.02;
    private const double Forgets = 0.8;

    private readonly Lock _lock = new();
    private double _secondsPerVector;

    /// <summary>Takes in how long vectors took, those of other documents meanwhile included.</summary>
    public void Learn(int vectors, TimeSpan took)
    {
        double seconds = took.TotalSeconds / Math.Max(1, vectors);
        lock (_lock)
        {
            _secondsPerVector = _secondsPerVector == 0 ? seconds : (Forgets * _secondsPerVector) + ((1 - Forgets) * seconds);
        }
    }

    /// <summary>Seconds until a document is ready that is being read; null while nobody can tell.</summary>
    /// <param name="fraction">How much has been read.</param>
    /// <param name="elapsed">In this time.</param>
    /// <param name="missing">Vectors that what has been read lacks.</param>
    public int? Reading(double fraction, TimeSpan elapsed, int missing)
    {
        double perVector;
        lock (_lock)
        {
            perVector = _secondsPerVector;
        }

        return fraction < Enough || (perVector == 0 && missing > 0)
            ? null
            : Seconds((elapsed.TotalSeconds * (1 - fraction) / fraction) + (missing / fraction * perVector));
    }

    /// <summary>Seconds for so many of <paramref name="total"/> that are left, at the speed of those made.</summary>
    public static int? Rest(int made, int total, TimeSpan elapsed) =>
        made == 0 ? null : Seconds(elapsed.TotalSeconds / made * Math.Max(0, total - made));

    private static int Seconds(double seconds) => (int)Math.Ceiling(Math.Min(seconds, TimeSpan.FromDays(30).TotalSeconds));
}
