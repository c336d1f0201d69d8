using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace AiSaas.Llm.Telemetry;

/// <summary>The sources of our spans and metrics, after OpenTelemetry's conventions for generative AI.</summary>
public static class LlmTelemetry
{
    /// <summary>Of the activity source and of the meter.</summary>
    public const string SourceName = "AiSaas.Llm";

    internal static readonly ActivitySource Source = new(SourceName);

    private static readonly Meter Meter = new(SourceName);

    internal static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "gen_ai.client.operation.duration", "s", "How long a model call took.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92] });

    internal static readonly Histogram<double> FirstToken = Meter.CreateHistogram(
        "gen_ai.client.operation.time_to_first_chunk", "s", "How long a stream's first token took.",
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });

    internal static readonly Histogram<long> Tokens = Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", "Tokens in and out.",
        advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576] });
}
