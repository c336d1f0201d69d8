using System.Diagnostics;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Telemetry;

/// <summary>What a model call is filed under.</summary>
/// <param name="Operation">chat or embeddings.</param>
/// <param name="Provider">The name OpenTelemetry knows the provider by.</param>
/// <param name="Model">The model asked for.</param>
internal sealed record ModelCallLabels(string Operation, string Provider, string Model)
{
    /// <summary>Of the span.</summary>
    public string Name { get; } = $"{Operation} {Model}";
}

/// <summary>The span and the metrics of one call. Prompts and answers are never recorded.</summary>
internal sealed class ModelCallSpan : IDisposable
{
    private readonly ModelCallLabels _labels;
    private readonly TimeProvider _clock;
    private readonly long _startedAt;
    private readonly Activity? _caller = Activity.Current;
    private readonly Activity? _activity;
    private string? _responseModel;
    private string? _error = "cancelled"; // until the call says how it ended: otherwise the caller left

    public ModelCallSpan(ModelCallLabels labels, TimeProvider clock)
    {
        (_labels, _clock, _startedAt) = (labels, clock, clock.GetTimestamp());
        _activity = LlmTelemetry.Source.StartActivity(labels.Name, ActivityKind.Client);
        _activity?.SetTag("gen_ai.operation.name", labels.Operation)
            .SetTag("gen_ai.provider.name", labels.Provider)
            .SetTag("gen_ai.request.model", labels.Model);
    }

    public void Ask(ChatOptions? options)
    {
        if (_activity is not null && options is not null)
        {
            Set("gen_ai.request.temperature", options.Temperature);
            Set("gen_ai.request.top_p", options.TopP);
            Set("gen_ai.request.max_tokens", options.MaxOutputTokens);
        }
    }

    public void FirstToken()
    {
        double seconds = _clock.GetElapsedTime(_startedAt).TotalSeconds;
        LlmTelemetry.FirstToken.Record(seconds, Tags());
        _activity?.SetTag("gen_ai.response.time_to_first_chunk", seconds);
    }

    public void Answered(string? model, string? id, string? reason)
    {
        _responseModel ??= model;
        Set("gen_ai.response.model", model);
        Set("gen_ai.response.id", id);
        Set("gen_ai.response.finish_reasons", reason is null ? null : new[] { reason });
    }

    public void Used(UsageDetails? usage)
    {
        Count("input", usage?.InputTokenCount);
        Count("output", usage?.OutputTokenCount);
        Set("gen_ai.usage.cache_read.input_tokens", usage?.CachedInputTokenCount);
    }

    /// <summary>As the gateway's HTTP face counts.</summary>
    public void Used(in TokenUsage usage)
    {
        Count("input", usage.Input);
        Count("output", usage.Output);
        if (usage.CachedInput > 0)
        {
            Set("gen_ai.usage.cache_read.input_tokens", usage.CachedInput);
        }
    }

    public void Succeeded() => _error = null;

    public void Failed(ModelFailure failure)
    {
        _error = failure.Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? failure.Class.ToString();
        _activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
    }

    public void Failed(Exception error)
    {
        _error = error switch
        {
            ModelCallException { Failure: var failure } => failure.Status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? failure.Class.ToString(),
            OperationCanceledException => "cancelled",
            _ => error.GetType().FullName,
        };
        _activity?.SetStatus(error is OperationCanceledException ? ActivityStatusCode.Unset : ActivityStatusCode.Error, error.Message);
    }

    /// <summary>An iterator loses its current activity each time it hands a value out.</summary>
    public void Resume()
    {
        if (_activity is not null)
        {
            Activity.Current = _activity;
        }
    }

    public void Dispose()
    {
        var tags = Tags();
        if (_error is not null)
        {
            tags.Add("error.type", _error);
            _activity?.SetTag("error.type", _error);
        }

        LlmTelemetry.Duration.Record(_clock.GetElapsedTime(_startedAt).TotalSeconds, tags);
        _activity?.Dispose();
        Activity.Current = _caller;
    }

    private void Count(string type, long? tokens)
    {
        if (tokens is not { } count)
        {
            return;
        }

        if (LlmTelemetry.Tokens.Enabled)
        {
            var tags = Tags();
            tags.Add("gen_ai.token.type", type);
            LlmTelemetry.Tokens.Record(count, tags);
        }

        _activity?.SetTag(type == "input" ? "gen_ai.usage.input_tokens" : "gen_ai.usage.output_tokens", count);
    }

    private void Set(string name, object? value)
    {
        if (value is not null)
        {
            _activity?.SetTag(name, value);
        }
    }

    private TagList Tags()
    {
        TagList tags = new()
        {
            { "gen_ai.operation.name", _labels.Operation },
            { "gen_ai.provider.name", _labels.Provider },
            { "gen_ai.request.model", _labels.Model },
        };
        if (_responseModel is not null)
        {
            tags.Add("gen_ai.response.model", _responseModel);
        }

        return tags;
    }
}
