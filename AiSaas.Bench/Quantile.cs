namespace AiSaas.Bench;

internal static class Quantile
{
    public static double Of<T>(IEnumerable<T> values, double quantile, Func<T, double> measure)
    {
        double[] sorted = [.. values.Select(measure).Order()];
        return sorted[(int)((sorted.Length - 1) * quantile)];
    }
}
