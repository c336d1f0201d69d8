using System.Collections.Immutable;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

public enum AttemptOutcome
{
    Running,
    Succeeded,
    Failed,

    /// <summary>By the caller, or because another attempt was faster: no provider's failure.</summary>
    Cancelled,
}

/// <summary>One try at one target.</summary>
public sealed record ModelAttempt(
    string Provider, string Model, AttemptOutcome Outcome, ModelErrorClass? Error, int? Status, TimeSpan Duration, TimeSpan? FirstToken)
{
    /// <summary>The masked key; null where there is none.</summary>
    public string? Key { get; init; }

    /// <summary>In words, without secrets.</summary>
    public string? Message { get; init; }
}

/// <summary>The tries of one call, in the order they began. While a stream runs, its attempt is still <see cref="AttemptOutcome.Running"/>.</summary>
public sealed class AttemptLog(TimeProvider clock)
{
    /// <summary>Under this key a response (and a stream's first update) carries its log in its additional properties.</summary>
    public const string Key = "aisaas.attempts";

    private ImmutableArray<Attempt> _attempts = [];

    public IReadOnlyList<ModelAttempt> Attempts => [.. _attempts.Select(attempt => attempt.State)];

    public int Count => _attempts.Length;

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

    internal Attempt Begin(string provider, string model, string? key)
    {
        Attempt attempt = new(clock, new(provider, model, AttemptOutcome.Running, null, null, TimeSpan.Zero, null) { Key = key });

        // A hedge begins while another attempt runs, so two may be added at once.
        ImmutableInterlocked.Update(ref _attempts, static (attempts, added) => attempts.Add(added), attempt);
        return attempt;
    }

    /// <summary>An attempt as it goes. Its end is told once; what is told later is not heard.</summary>
    internal sealed class Attempt(TimeProvider clock, ModelAttempt begun)
    {
        private readonly long _startedAt = clock.GetTimestamp();

        public ModelAttempt State { get; private set; } = begun;

        public TimeSpan Elapsed => clock.GetElapsedTime(_startedAt);

        public void FirstToken() => State = State with { FirstToken = State.FirstToken ?? Elapsed };

        public void Succeeded() => End(State with { Outcome = AttemptOutcome.Succeeded });

        public void Cancelled() => End(State with { Outcome = AttemptOutcome.Cancelled });

        public void Failed(ModelFailure failure) => End(
            State with { Outcome = AttemptOutcome.Failed, Error = failure.Class, Status = failure.Status, Message = failure.Message });

        private void End(ModelAttempt ended)
        {
            if (State.Outcome == AttemptOutcome.Running)
            {
                State = ended with { Duration = Elapsed };
            }
        }
    }
}
