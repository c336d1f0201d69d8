using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

public enum AttemptOutcome
{
    Running,
    Succeeded,
    Failed,

    /// <summary>By the caller, which is no provider's failure.</summary>
    Cancelled,
}

/// <summary>One try at one target.</summary>
public sealed record ModelAttempt(
    string Provider, string Model, AttemptOutcome Outcome, ModelErrorClass? Error, int? Status, TimeSpan Duration, TimeSpan? FirstToken);

/// <summary>The tries of one call, in order. While a stream runs, its last attempt is still <see cref="AttemptOutcome.Running"/>.</summary>
public sealed class AttemptLog(TimeProvider clock)
{
    /// <summary>Under this key a response (and a stream's first update) carries its log in its additional properties.</summary>
    public const string Key = "aisaas.attempts";

    private ImmutableList<ModelAttempt> _attempts = [];
    private long _startedAt;

    public IReadOnlyList<ModelAttempt> Attempts => _attempts;

    public static AttemptLog? Of(ChatResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);

        // Gathering a stream into a response puts an update's properties on its message.
        return Of(response.AdditionalProperties) ?? response.Messages.Select(message => Of(message.AdditionalProperties)).FirstOrDefault(log => log is not null);
    }

    public static AttemptLog? Of(ChatResponseUpdate update)
    {
        ArgumentNullException.ThrowIfNull(update);
        return Of(update.AdditionalProperties);
    }

    public static AttemptLog? Of(AdditionalPropertiesDictionary? properties) =>
        properties?.TryGetValue(Key, out AttemptLog? log) is true ? log : null;

    // One call is one flow of control: attempts begin and end one after the other.
    internal void Begin(string provider, string model)
    {
        _startedAt = clock.GetTimestamp();
        _attempts = _attempts.Add(new(provider, model, AttemptOutcome.Running, null, null, TimeSpan.Zero, null));
    }

    internal void FirstToken() => Replace(last => last with { FirstToken = last.FirstToken ?? clock.GetElapsedTime(_startedAt) });

    internal void Succeeded() => End(last => last with { Outcome = AttemptOutcome.Succeeded });

    internal void Cancelled() => End(last => last with { Outcome = AttemptOutcome.Cancelled });

    internal void Failed(ModelFailure failure) =>
        End(last => last with { Outcome = AttemptOutcome.Failed, Error = failure.Class, Status = failure.Status });

    private void End(Func<ModelAttempt, ModelAttempt> change) =>
        Replace(last => last.Outcome == AttemptOutcome.Running ? change(last) with { Duration = clock.GetElapsedTime(_startedAt) } : last);

    private void Replace(Func<ModelAttempt, ModelAttempt> change) => _attempts = _attempts.SetItem(_attempts.Count - 1, change(_attempts[^1]));
}
