using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.AI;

namespace AiSaas.Core.Gateway.Governor;

/// <summary>A model behind limits, budgets and the ledger, for one piece of work at a time.</summary>
/// <remarks>Throws <see cref="CallRefusedException"/> before anything is sent. A call that fails or is left in the middle is filed with what it
/// used, counted here where the provider did not say.</remarks>
public sealed class GovernedChatClient : DelegatingChatClient
{
    private readonly CallGovernor _governor;
    private readonly GatewayCaller _caller;
    private readonly string _model;
    private readonly IReadOnlyList<CallTarget> _targets;
    private readonly TimeProvider _clock;
    private long _costNanos;
    private bool _isPriced = true;

    internal GovernedChatClient(
        IChatClient inner, CallGovernor governor, GatewayCaller caller, string model, IReadOnlyList<CallTarget> targets, TimeProvider clock)
        : base(inner) =>
        (_governor, _caller, _model, _targets, _clock) = (governor, caller, model, targets, clock);

    /// <summary>Of all calls so far, in billionths of a dollar; null where a model has no known price.</summary>
    public long? CostNanos => _isPriced ? _costNanos : null;

    public override async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Call call = await BeginAsync(messages, options, isStreamed: false, cancellationToken);
        try
        {
            var response = await base.GetResponseAsync(call.Messages, call.Options, cancellationToken);
            call.Read(response);
            call.Succeeded();
            return response;
        }
        catch (ModelCallException failed)
        {
            call.Failed(failed);
            throw;
        }
        catch (ModelCallCanceledException left)
        {
            call.Left(left);
            throw;
        }
        finally
        {
            Add(call.End());
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Call call = await BeginAsync(messages, options, isStreamed: true, cancellationToken);
        try
        {
            await using var updates = base.GetStreamingResponseAsync(call.Messages, call.Options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(updates, call))
            {
                call.Read(updates.Current);
                yield return updates.Current;
            }

            call.Succeeded();
        }
        finally
        {
            Add(call.End());
        }
    }

    [SuppressMessage("Usage", "CA2215", Justification = "The inner client belongs to the catalog, which others use too.")]
    protected override void Dispose(bool disposing)
    {
    }

    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, Call call)
    {
        try
        {
            return await updates.MoveNextAsync();
        }
        catch (ModelCallException failed)
        {
            call.Failed(failed);
            throw;
        }
        catch (ModelCallCanceledException left)
        {
            call.Left(left);
            throw;
        }
    }

    private async Task<Call> BeginAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, bool isStreamed, CancellationToken cancellation)
    {
        IReadOnlyList<ChatMessage> all = [.. messages];
        CallIntent intent = new(
            CallId.New(), _caller, WireApi.ChatCompletions, _model, _targets, Tokens(all),
            options?.MaxOutputTokens, Answers: 1, isStreamed);
        switch (await _governor.AdmitAsync(intent, cancellation))
        {
            case CallAdmission.Admitted(var ticket):
                if (ticket.OutputTokenBound is { } bound)
                {
                    options = options?.Clone() ?? new();
                    options.MaxOutputTokens = (int)Math.Min(bound, int.MaxValue);
                }

                if (_targets is [var first, ..])
                {
                    ticket.Sending(first);
                }

                return new(ticket, all, options, _targets, _clock);
            case CallAdmission.Refused refused:
                throw new CallRefusedException(refused);
            default:
                throw new UnreachableException();
        }
    }

    private void Add((long CostNanos, bool IsPriced) ended)
    {
        _costNanos += ended.CostNanos;
        _isPriced &= ended.IsPriced;
    }

    // About four bytes a token, as English goes; what the provider says goes before it.
    private static long Tokens(long bytes) => (bytes + 3) / 4;

    private static long Tokens(IReadOnlyList<ChatMessage> messages) =>
        Tokens(messages.Sum(message => (long)Encoding.UTF8.GetByteCount(message.Text))) + (4 * messages.Count);

    /// <summary>One call, from its admission to its row.</summary>
    private sealed class Call(
        CallTicket ticket, IReadOnlyList<ChatMessage> messages, ChatOptions? options, IReadOnlyList<CallTarget> targets, TimeProvider clock)
    {
        private readonly long _startedAt = clock.GetTimestamp();
        private AttemptLog? _log;
        private IReadOnlyList<ModelAttempt>? _attempts;
        private TokenUsage? _usage;
        private TimeSpan? _firstToken;
        private long _bytes;
        private CallStatus _status = CallStatus.Canceled;
        private ModelFailure? _failure;

        public IReadOnlyList<ChatMessage> Messages => messages;

        public ChatOptions? Options => options;

        public void Read(ChatResponse response)
        {
            _log = AttemptLog.Of(response);
            _bytes += Encoding.UTF8.GetByteCount(response.Text);
            Read(response.Usage);
        }

        public void Read(ChatResponseUpdate update)
        {
            _log ??= AttemptLog.Of(update);
            if (update.Text.Length > 0)
            {
                _firstToken ??= clock.GetElapsedTime(_startedAt);
                _bytes += Encoding.UTF8.GetByteCount(update.Text);
            }

            foreach (var used in update.Contents.OfType<UsageContent>())
            {
                Read(used.Details);
            }
        }

        public void Succeeded() => _status = CallStatus.Succeeded;

        public void Failed(ModelCallException failed) =>
            (_status, _failure, _attempts) = (CallStatus.Failed, failed.Failure, failed.Attempts);

        public void Left(ModelCallCanceledException left) => _attempts = left.Attempts;

        public (long CostNanos, bool IsPriced) End()
        {
            var attempts = _attempts ?? _log?.Attempts ?? [];
            var last = attempts is [.., var final]
                ? targets.FirstOrDefault(target => target.Provider == final.Provider && target.Model == final.Model) ?? new(final.Provider, final.Provider, final.Model)
                : targets is [var first, ..] ? first : null;
            long cost = ticket.Settle(new(_status)
            {
                Target = last,
                HttpStatus = _status switch { CallStatus.Succeeded => 200, CallStatus.Canceled => 499, _ => _failure?.Status ?? 502 },
                Error = _failure?.Class,
                Usage = _usage ?? Estimated(),
                Attempts = attempts,
                FirstToken = _firstToken,
                Duration = clock.GetElapsedTime(_startedAt),
            });
            return (cost, ticket.IsPriced ?? true);
        }

        // A provider that refused or could not be reached bills nothing; one that had begun bills what it read and wrote.
        private TokenUsage? Estimated() =>
            _status == CallStatus.Failed && _bytes == 0 ? null : new TokenUsage(Tokens(messages), Tokens(_bytes), IsEstimated: true);

        private void Read(UsageDetails? used)
        {
            if (used is { InputTokenCount: not null } or { OutputTokenCount: not null })
            {
                _usage = new(
                    used.InputTokenCount ?? 0, used.OutputTokenCount ?? 0, used.CachedInputTokenCount ?? 0, Reasoning: used.ReasoningTokenCount ?? 0,
                    IsEstimated: targets.Any(target => target.Kind == Llm.Local.LocalModels.Provider && targets.Count == 1));
            }
        }
    }
}
