using AiSaas.Contracts.Quality;

namespace AiSaas.Core.Quality;

/// <summary>How far figures of a few questions can be trusted.</summary>
public static class Spread
{
    private const int Resamples = 1_000;

    /// <summary>The 95 % interval of a mean, by resampling. The same values give the same interval.</summary>
    public static Interval OfMean(IReadOnlyList<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.Count == 0)
        {
            return new(0, 0);
        }

        ulong state = 0x9E3779B97F4A7C15;
        double[] means = new double[Resamples];
        for (int i = 0; i < Resamples; i++)
        {
            double sum = 0;
            for (int j = 0; j < values.Count; j++)
            {
                // xorshift64*: repeatable on every runtime.
                state ^= state >> 12;
                state ^= state << 25;
                state ^= state >> 27;
                sum += values[(int)((state * 0x2545F4914F6CDD1D >> 33) % (ulong)values.Count)];
            }

            means[i] = sum / values.Count;
        }

        return new(Percentile(means, 0.025), Percentile(means, 0.975));
    }

    /// <summary>The nearest rank: the smallest value that at least <paramref name="share"/> of the values don't exceed.</summary>
    public static double Percentile(IReadOnlyCollection<double> values, double share)
    {
        ArgumentNullException.ThrowIfNull(values);
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
