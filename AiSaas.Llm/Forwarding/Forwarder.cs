using System.Buffers;
using System.IO.Pipelines;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using AiSaas.Llm.Wire.Errors;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Forwarding;

/// <summary>Has a request answered by whichever target of its route can, and passes the answer on.</summary>
/// <remarks>
/// <code>
/// request ──► walk: attempt 1 ──fails──► attempt 2 …          nothing of this is seen by the client
///                  └─no first token in time──► hedge ─┐
///             first content of either ────────────────┘──► sink.Begin ──► events pass as they come
///             failure after that ──► the API's own error event, never a retry
/// </code>
/// </remarks>
public sealed class Forwarder
{
    private const int MostUnflushed = 64 * 1024;

    private readonly DeadlineOptions _deadlines;
    private readonly Upstream _upstream;
    private readonly RouteContext _context;
    private readonly TimeProvider _clock;

    internal Forwarder(IOptions<GatewayOptions> options, Upstream upstream, RouteContext context, TimeProvider clock) =>
        (_deadlines, _upstream, _context, _clock) = (options.Value.Deadlines, upstream, context, clock);

    /// <summary>Never throws for what a provider does; the caller's cancellation ends as a result too.</summary>
    public async Task<ForwardResult> ForwardAsync(ForwardCall call, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(call);
        RouteWalk walk = new(call.Route, _context, call.OwnKeys);
        UpstreamRefusal? refusal = null;
        RaceRules rules = new(_deadlines, call.Envelope.IsStreamed, Starting);
        Race<UpstreamAnswer> race = new(walk, rules, (attempt, deadline) => _upstream.OpenAsync(call, attempt, deadline, said => refusal = said), _clock, cancellation);
        var answer = await race.FirstAsync().ConfigureAwait(false);
        if (answer is null)
        {
            return Unanswered(call, walk, race.LastTarget, refusal, cancellation);
        }

        if (answer.Whole is { } whole)
        {
            var usage = Complete(answer.Usage, call);
            Used(answer.Attempt, usage);
            RouteWalk.Succeeded(answer.Attempt, null, answer.Attempt.Entry.Elapsed);
            byte[]? rented = answer.Rented;
            answer.Rented = null;
            answer.Dispose();
            return new ForwardResult(walk.Log) { Target = answer.Attempt.Target, Usage = usage, Body = whole }.Holding(rented);
        }

        using (answer)
        {
            return await PassAsync(call, walk, answer, cancellation).ConfigureAwait(false);
        }

        void Starting(RouteAttempt attempt)
        {
            call.Sending?.Invoke(attempt.Target);
            attempt.Span = new(call.Api == WireApi.Embeddings ? attempt.Target.EmbeddingLabels : attempt.Target.ChatLabels, _clock);
        }
    }

    private async Task<ForwardResult> PassAsync(ForwardCall call, RouteWalk walk, UpstreamAnswer answer, CancellationToken cancellation)
    {
        var (attempt, pump) = (answer.Attempt, answer.Pump!);
        PipeWriter? output = null;
        ModelFailure? failure = null;
        try
        {
            output = Begin(call, attempt, walk.Log.Count);
            output.Write(answer.Prelude!.WrittenSpan);
            await PumpAsync(answer, output, cancellation).ConfigureAwait(false);
            Used(attempt, pump.Meter.Usage);
            RouteWalk.Succeeded(attempt, attempt.Entry.State.FirstToken, null);
        }
        catch (SinkException refused)
        {
            // Nothing of this is the provider's fault, and it bills what it wrote.
            RouteWalk.Cancelled(attempt);
            return Ended(isCanceled: true, refused.Fault);
        }
        catch (Exception error)
        {
            failure = answer.Deadline.Explain(error, answer.Deadline.IsTotalOver
                ? $"The answer was not complete after {_deadlines.TotalSeconds:0.##} s."
                : $"The stream stood still for {_deadlines.StallSeconds:0.##} s.");
            if (failure is null || cancellation.IsCancellationRequested)
            {
                RouteWalk.Cancelled(attempt);
                return Ended(isCanceled: true);
            }

            walk.Failed(attempt, failure);
            await TellAsync(call, failure, output!, cancellation).ConfigureAwait(false);
        }

        return Ended(isCanceled: false);

        ForwardResult Ended(bool isCanceled, Exception? fault = null) => new(walk.Log)
        {
            Target = attempt.Target,
            Failure = isCanceled ? null : failure,
            IsCanceled = isCanceled,
            SinkFault = fault,
            HasBegun = true,
            FirstToken = attempt.Entry.State.FirstToken,
            Usage = Complete(pump.Meter.Usage ?? new(0, pump.Meter.EstimatedOutput, IsEstimated: true), call),
        };
    }

    private static void Used(RouteAttempt attempt, TokenUsage? usage)
    {
        if (usage is { } counted)
        {
            attempt.Span?.Used(counted);
        }
    }

    private async Task PumpAsync(UpstreamAnswer answer, PipeWriter output, CancellationToken cancellation)
    {
        var (stream, pump, deadline) = (answer.Stream!, answer.Pump!, answer.Deadline);
        bool ended = answer.HasEnded || Check(pump.Move(output), pump);
        while (!ended)
        {
            if (await FillAsync(stream, output, deadline, cancellation).ConfigureAwait(false))
            {
                ended = Check(pump.Move(output), pump);
            }
            else
            {
                Check(pump.MoveRest(output), pump);
                ended = true;
            }
        }

        deadline.Pause();
        if (!pump.Meter.IsComplete)
        {
            throw new ModelCallException(new(ModelErrorClass.Malformed, null, "The stream broke off before the model had finished."));
        }

        pump.Complete(output);
        await FlushAsync(output, cancellation).ConfigureAwait(false);
    }

    // What has come already is gathered before the client gets it: a burst costs one write, not one for each of its pieces.
    private async ValueTask<bool> FillAsync(UpstreamStream stream, PipeWriter output, AttemptDeadline deadline, CancellationToken cancellation)
    {
        var stall = TimeSpan.FromSeconds(_deadlines.StallSeconds);
        deadline.Allow(stall);
        var fill = stream.FillAsync(deadline.Token);
        if (output.UnflushedBytes == 0 || (fill.IsCompleted && output.UnflushedBytes < MostUnflushed))
        {
            return await fill.ConfigureAwait(false);
        }

        var reading = fill.AsTask();
        var flush = FlushAsync(output, cancellation);
        if (!flush.IsCompletedSuccessfully)
        {
            // While the client takes its part, the provider's clock stands still; a client that takes nothing is the server's to end.
            deadline.Pause();
            await FlushedAsync(flush.AsTask(), reading, deadline).ConfigureAwait(false);
            deadline.Allow(stall);
        }

        return await reading.ConfigureAwait(false);
    }

    private static async Task FlushedAsync(Task flush, Task reading, AttemptDeadline deadline)
    {
        try
        {
            await flush.ConfigureAwait(false);
        }
        catch
        {
            // The client is gone. The read must have ended before its buffer goes back to the pool.
            deadline.Abandon();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
    }

    private static PipeWriter Begin(ForwardCall call, RouteAttempt attempt, int attempts)
    {
        try
        {
            return call.Sink.Begin(attempt.Target, attempts);
        }
        catch (Exception fault)
        {
            throw new SinkException(fault);
        }
    }

    // Who takes the answer is told apart from who gives it.
    private static async ValueTask FlushAsync(PipeWriter output, CancellationToken cancellation)
    {
        try
        {
            await output.FlushAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            throw new SinkException(fault);
        }
    }

    private static bool Check(FrameKind kind, StreamPump pump) =>
        kind == FrameKind.Error ? throw new ModelCallException(pump.Meter.Failure!) : kind == FrameKind.End;

    // After the first byte there is no status to send: the API's own error event says it.
    private static async Task TellAsync(ForwardCall call, ModelFailure failure, PipeWriter output, CancellationToken cancellation)
    {
        WireErrors.WriteStreamError(call.Api, failure.ClientStatus, failure.Code, failure.Message, requestId: null, output);
        try
        {
            await FlushAsync(output, cancellation).ConfigureAwait(false);
        }
        catch (SinkException)
        {
            // Who is not there any more needs no news.
        }
    }

    private static ForwardResult Unanswered(
        ForwardCall call, RouteWalk walk, RouteTarget? last, UpstreamRefusal? refusal, CancellationToken cancellation) => new(walk.Log)
        {
            Target = last,
            IsCanceled = cancellation.IsCancellationRequested,
            Failure = cancellation.IsCancellationRequested ? null : walk.Outcome(),
            Refusal = refusal is { Body.IsEmpty: false } && refusal.Failure == walk.Last ? (refusal.Status, refusal.Body) : null,

            // Whoever leaves while a provider works has made it read the input at least.
            Usage = cancellation.IsCancellationRequested && last is not null ? new(call.InputEstimate, 0, IsEstimated: true) : null,
        };

    // A provider that counts nothing leaves the input to us as well.
    private static TokenUsage? Complete(TokenUsage? usage, ForwardCall call) =>
        usage is { IsEstimated: true, Input: 0 } estimated ? estimated with { Input = call.InputEstimate } : usage;

    /// <summary>Whoever takes the answer can't take more of it.</summary>
    private sealed class SinkException(Exception cause) : Exception(cause.Message, cause)
    {
        /// <summary>What its owner has to hear of; null for a client that has left.</summary>
        public Exception? Fault => InnerException is OperationCanceledException or IOException ? null : InnerException;
    }
}
