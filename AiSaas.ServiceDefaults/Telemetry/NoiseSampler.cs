using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using OpenTelemetry.Trace;

namespace AiSaas.ServiceDefaults.Telemetry;

/// <summary>Keeps out of the traces what nobody asked for.</summary>
/// <remarks>
/// Only roots are judged; whatever belongs to a trace follows its root.
/// Dropped are probes of <c>/health</c> and <c>/alive</c> with all that they call, and calls to a database or a server
/// that no request and no job made: a worker that polls would otherwise be most of what an operator sees.
/// </remarks>
internal sealed class NoiseSampler(Sampler otherwise) : Sampler
{
    private static readonly SamplingResult Dropped = new(SamplingDecision.Drop);

    public static Sampler From(IConfiguration configuration)
    {
        // The sampler's standard variables, which an explicit sampler would otherwise silence.
        var ratio = configuration["OTEL_TRACES_SAMPLER"]?.EndsWith("traceidratio", StringComparison.Ordinal) == true
            && double.TryParse(configuration["OTEL_TRACES_SAMPLER_ARG"], NumberStyles.Float, CultureInfo.InvariantCulture, out var share)
                ? share
                : 1;
        return new ParentBasedSampler(new NoiseSampler(ratio >= 1 ? new AlwaysOnSampler() : new TraceIdRatioBasedSampler(ratio)));
    }

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind is ActivityKind.Client || IsProbe(samplingParameters.Tags)
            ? Dropped
            : otherwise.ShouldSample(samplingParameters);

    private static bool IsProbe(IEnumerable<KeyValuePair<string, object?>>? tags) =>
        tags?.Any(tag => tag is { Key: "url.path", Value: "/health" or "/alive" }) == true;
}
