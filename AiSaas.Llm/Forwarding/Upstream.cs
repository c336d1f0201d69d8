using System.Buffers;
using AiSaas.Llm.Models;
using AiSaas.Llm.Routing;
using AiSaas.Llm.Wire;
using Microsoft.Extensions.Options;

namespace AiSaas.Llm.Forwarding;

/// <summary>One attempt: sends the request to its target and waits for a whole answer, or for the first content of a stream.</summary>
internal sealed class Upstream(IOptions<GatewayOptions> options, Dialects dialects, LocalTarget local, TimeProvider clock)
{
    /// <summary>Some servers open with events that say nothing; one that sends only such is not waited out in memory.</summary>
    private const int LargestPrelude = 256 * 1024;

    private readonly TimeSpan _firstToken = TimeSpan.FromSeconds(options.Value.Deadlines.FirstTokenSeconds);
    private readonly TimeSpan _answer = TimeSpan.FromSeconds(options.Value.Deadlines.AnswerSeconds);

    /// <param name="call">What is asked.</param>
    /// <param name="attempt">Who is asked.</param>
    /// <param name="deadline">Until when.</param>
    /// <param name="refused">Gets a provider's own words, before they are thrown as what they mean.</param>
    /// <exception cref="Exception">Whatever went wrong: <see cref="AttemptDeadline.Explain"/> says what it means.</exception>
    public async Task<UpstreamAnswer> OpenAsync(ForwardCall call, RouteAttempt attempt, AttemptDeadline deadline, Action<UpstreamRefusal> refused)
    {
        deadline.Allow(call.Envelope.IsStreamed ? _firstToken : _answer);
        var (api, dialect) = dialects.Choose(call.Api, attempt.Target);
        if (attempt.Target.Endpoint is null)
        {
            var body = await local.AnswerAsync(call, dialect, attempt.Target.Model, deadline.Token).ConfigureAwait(false);
            return call.Envelope.IsStreamed
                ? await OpenStreamAsync(call, attempt, deadline, new(new MemoryStream(body, writable: false), null), api, dialect).ConfigureAwait(false)
                : Whole(call, attempt, deadline, api, dialect, body, body.Length, isRented: false);
        }

        using var request = UpstreamRequest.Of(call, attempt, api, dialect);
        var response = await attempt.Target.Endpoint.Http.SendAsync(request, deadline.Token).ConfigureAwait(false);
        try
        {
            attempt.HasHeaders = true;
            attempt.Keys!.Observe(attempt.Key, response.Headers);
            if (!response.IsSuccessStatusCode)
            {
                var refusal = await UpstreamRefusal.ReadAsync(response, attempt.Key, clock, deadline.Token).ConfigureAwait(false);
                refused(refusal);
                throw new ModelCallException(refusal.Failure);
            }

            var stream = await response.Content.ReadAsStreamAsync(deadline.Token).ConfigureAwait(false);
            if (call.Envelope.IsStreamed && IsEventStream(response))
            {
                var opened = await OpenStreamAsync(call, attempt, deadline, new(stream, response), api, dialect).ConfigureAwait(false);
                response = null;
                return opened;
            }

            var (bytes, length) = await BodyReader.ReadAsync(stream, response.Content.Headers.ContentLength, deadline.Token).ConfigureAwait(false);
            return call.Envelope.IsStreamed ? throw NoStream(api, bytes, length) : Whole(call, attempt, deadline, api, dialect, bytes, length, isRented: true);
        }
        finally
        {
            response?.Dispose();
        }
    }

    private static async Task<UpstreamAnswer> OpenStreamAsync(
        ForwardCall call, RouteAttempt attempt, AttemptDeadline deadline, UpstreamStream stream, WireApi api, IDialect? dialect)
    {
        StreamPump pump = new(stream, StreamMeter.For(api), dialect?.TranslateStream(call.Body), isUsageStripped: !call.Envelope.AsksForUsage);
        ArrayBufferWriter<byte> prelude = new();
        bool opened = false;
        try
        {
            while (true)
            {
                var kind = pump.MovePrelude(prelude);
                bool hasMore = kind != FrameKind.Nothing || await stream.FillAsync(deadline.Token).ConfigureAwait(false);
                if (!hasMore && pump.MoveRest(prelude) is var rest)
                {
                    kind = rest == FrameKind.Error ? rest : FrameKind.End;
                }

                if (kind == FrameKind.Error)
                {
                    throw new ModelCallException(pump.Meter.Failure!);
                }

                if (kind == FrameKind.End && !pump.Meter.IsComplete)
                {
                    throw new ModelCallException(new(ModelErrorClass.Malformed, null, "The stream ended before it said anything."));
                }

                if (kind is FrameKind.Content or FrameKind.End || prelude.WrittenCount > LargestPrelude)
                {
                    attempt.Entry.FirstToken();
                    attempt.Span?.FirstToken();
                    opened = true;
                    return new(attempt, deadline) { Stream = stream, Pump = pump, Prelude = prelude, HasEnded = kind == FrameKind.End };
                }
            }
        }
        finally
        {
            if (!opened)
            {
                stream.Dispose();
            }
        }
    }

    private static UpstreamAnswer Whole(
        ForwardCall call, RouteAttempt attempt, AttemptDeadline deadline, WireApi api, IDialect? dialect, byte[] bytes, int length, bool isRented)
    {
        try
        {
            var body = bytes.AsMemory(0, length);
            var usage = WholeAnswer.Check(api, body.Span);
            if (dialect is null)
            {
                UpstreamAnswer answer = new(attempt, deadline) { Whole = body, Usage = usage, Rented = isRented ? bytes : null };
                isRented = false;
                return answer;
            }

            ArrayBufferWriter<byte> translated = new(length);
            dialect.WriteResponse(call.Body, body, translated);
            return new(attempt, deadline) { Whole = translated.WrittenMemory, Usage = usage };
        }
        finally
        {
            if (isRented)
            {
                ArrayPool<byte>.Shared.Return(bytes);
            }
        }
    }

    // A stream was asked for and something else came: most often an error that calls itself a success.
    private static ModelCallException NoStream(WireApi api, byte[] bytes, int length)
    {
        try
        {
            WholeAnswer.Check(api, bytes.AsSpan(0, length));
            return new(new(ModelErrorClass.Malformed, null, "A stream was asked for; the provider sent a whole answer."));
        }
        catch (ModelCallException error)
        {
            return error;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static bool IsEventStream(HttpResponseMessage response) =>
        response.Content.Headers.ContentType?.MediaType is not { } type || !type.Contains("json", StringComparison.OrdinalIgnoreCase);
}
