using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Telemetry;
using AiSaas.Tests.Llm.Providers;
using AiSaas.Tests.Llm.Simulator;
using Microsoft.Extensions.AI;

namespace AiSaas.Tests.Llm.Telemetry;

public sealed class ModelCallSpanTests : IDisposable
{
    private readonly ConcurrentQueue<Activity> _spans = new();
    private readonly ConcurrentQueue<(string Name, double Value, Dictionary<string, object?> Tags)> _figures = new();
    private readonly ActivityListener _listener;
    private readonly MeterListener _meters = new();
    private readonly string _model = $"sim-{Guid.CreateVersion7():N}";

    // Tests run side by side: each looks only at the calls of its own model.
    public ModelCallSpanTests()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == LlmTelemetry.SourceName,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = span =>
            {
                if (Equals(span.GetTagItem("gen_ai.request.model"), _model))
                {
                    _spans.Enqueue(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == LlmTelemetry.SourceName)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument.Name, value, tags));
        _meters.Start();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        _meters.Dispose();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_call_leaves_one_span_with_its_usage_under_the_caller_s(bool stream)
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script());
        using var source = new ActivitySource(LlmTelemetry.SourceName);
        using var caller = source.StartActivity("caller");

        var client = Client(simulator);
        _ = stream
            ? await client.GetStreamingResponseAsync("secret question", new() { Temperature = 0.5f }, Cancellation).ToChatResponseAsync(Cancellation)
            : await client.GetResponseAsync("secret question", new() { Temperature = 0.5f }, Cancellation);

        var span = Assert.Single(_spans);
        Assert.Equal($"chat {_model}", span.DisplayName);
        Assert.Equal(ActivityKind.Client, span.Kind);
        Assert.Equal(caller?.SpanId, span.ParentSpanId);
        Assert.Same(caller, Activity.Current);
        var tags = span.TagObjects.ToDictionary();
        Assert.Equal(("chat", "openai", "sim-1-0711"), (tags["gen_ai.operation.name"], tags["gen_ai.provider.name"], tags["gen_ai.response.model"]));
        Assert.Equal((20L, 5L, 8L), (tags["gen_ai.usage.input_tokens"], tags["gen_ai.usage.output_tokens"], tags["gen_ai.usage.cache_read.input_tokens"]));
        Assert.Equal(["stop"], Assert.IsType<string[]>(tags["gen_ai.response.finish_reasons"]));
        Assert.Equal(0.5f, tags["gen_ai.request.temperature"]);
        Assert.DoesNotContain(tags.Values, value => value is string text && text.Contains("secret", StringComparison.Ordinal));
        Assert.Equal(20, Figure("gen_ai.client.token.usage", ("gen_ai.token.type", "input")));
        Assert.Equal(5, Figure("gen_ai.client.token.usage", ("gen_ai.token.type", "output")));
        Assert.True(Figure("gen_ai.client.operation.duration") > 0);
        Assert.Equal(stream, _figures.Any(figure => figure.Name == "gen_ai.client.operation.time_to_first_chunk"));
    }

    [Fact]
    public async Task A_failure_is_marked_by_its_status()
    {
        await using var simulator = await ProviderSimulator.StartAsync(Script.Fails(503));

        await Assert.ThrowsAsync<ModelCallException>(() => Client(simulator).GetResponseAsync("When?", cancellationToken: Cancellation));

        var span = Assert.Single(_spans);
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal("503", span.GetTagItem("error.type"));
        Assert.True(Figure("gen_ai.client.operation.duration", ("error.type", "503")) > 0);
    }

    [Fact]
    public async Task A_stream_that_the_caller_leaves_still_ends_its_span()
    {
        await using var simulator = await ProviderSimulator.StartAsync(new Script());

        await foreach (var update in Client(simulator).GetStreamingResponseAsync("When?", cancellationToken: Cancellation))
        {
            if (update.Text.Length > 0)
            {
                break;
            }
        }

        Assert.Equal("cancelled", Assert.Single(_spans).GetTagItem("error.type"));
    }

    private IChatClient Client(ProviderSimulator simulator) =>
        LlmHost.Models(("OPENAI_API_KEY", "k"), ("OPENAI_BASE_URL", simulator.Address + "/v1")).Get($"openai/{_model}");

    private double Figure(string name, params (string Key, object Value)[] tags) =>
        _figures.Single(figure => figure.Name == name && tags.All(tag => Equals(figure.Tags.GetValueOrDefault(tag.Key), tag.Value))).Value;

    private void Note(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Dictionary<string, object?> all = new(tags.ToArray());
        if (Equals(all.GetValueOrDefault("gen_ai.request.model"), _model))
        {
            _figures.Enqueue((name, value, all));
        }
    }
}
