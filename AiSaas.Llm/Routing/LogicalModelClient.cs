using System.Runtime.CompilerServices;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Models;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

/// <summary>A logical model in process: tries its targets in the route's order until one answers.</summary>
/// <remarks>
/// 1. Before the first token a failure is invisible: the next target is tried, if its class allows; beside a slow one, a second.
/// 2. After the first token it is the caller's to see (<see cref="ModelCallException"/>), never a retry that would repeat text.
/// 3. The caller's cancellation ends everything at once and counts against nobody.
/// 4. Every attempt is in the <see cref="AttemptLog"/> that response, first update and exception carry.
/// </remarks>
/// <param name="route">Where the name leads.</param>
/// <param name="ownKeys">Keys that override the configured ones, by provider.</param>
/// <param name="clientOf">The client of a target under one of its keys.</param>
/// <param name="deadlines">The clients keep those of a step; the whole call's and the hedge's are kept here.</param>
/// <param name="context">Shared with the gateway's other face.</param>
internal sealed class LogicalModelClient(
    Route route, IReadOnlyDictionary<string, KeyPool>? ownKeys, Func<RouteTarget, ProviderKey, IChatClient> clientOf, DeadlineOptions deadlines, RouteContext context)
    : IChatClient
{
    /// <summary>Some servers open with a part that says nothing; one that sends only such parts is not waited out in memory.</summary>
    private const int LongestPrelude = 64;

    private readonly ChatClientMetadata _metadata = new(route.Targets[0].Provider, null, route.Name);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        RouteWalk walk = new(route, context, ownKeys);
        LogicalModelCall call = new(walk, messages, options);
        Race<WholeAnswer> race = new(walk, new(deadlines, IsStreamed: false), (attempt, deadline) => AskAsync(call, attempt, deadline), context.Clock, cancellationToken);
        await using var answer = await race.FirstAsync().ConfigureAwait(false) ?? throw Unanswered(call, cancellationToken);
        RouteWalk.Succeeded(answer.Attempt, null, answer.Attempt.Entry.Elapsed);
        (answer.Response.AdditionalProperties ??= [])[AttemptLog.Key] = call.Log;
        return answer.Response;
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        RouteWalk walk = new(route, context, ownKeys);
        LogicalModelCall call = new(walk, messages, options);
        Race<OpenStream> race = new(walk, new(deadlines, IsStreamed: true), (attempt, deadline) => OpenAsync(call, attempt, deadline), context.Clock, cancellationToken);
        await using var stream = await race.FirstAsync().ConfigureAwait(false) ?? throw Unanswered(call, cancellationToken);
        (stream.Prelude[0].AdditionalProperties ??= [])[AttemptLog.Key] = call.Log;
        bool ended = false;
        try
        {
            foreach (var update in stream.Prelude)
            {
                yield return update;
            }

            while (await NextAsync(call, stream, cancellationToken).ConfigureAwait(false))
            {
                yield return stream.Rest.Current;
            }

            ended = true;
            RouteWalk.Succeeded(stream.Attempt, stream.Attempt.Entry.State.FirstToken, null);
        }
        finally
        {
            if (!ended)
            {
                // The caller left, or the failure is noted already; then this says nothing new.
                RouteWalk.Cancelled(stream.Attempt);
            }
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    public void Dispose()
    {
        // The clients behind belong to the catalog.
    }

    private static Exception Unanswered(LogicalModelCall call, CancellationToken cancellation) =>
        cancellation.IsCancellationRequested ? new ModelCallCanceledException(call.Log.Attempts, cancellation) : call.Exhausted();

    private async Task<WholeAnswer> AskAsync(LogicalModelCall call, RouteAttempt attempt, AttemptDeadline deadline)
    {
        deadline.Allow(TimeSpan.FromSeconds(deadlines.TotalSeconds));
        try
        {
            return new(attempt, deadline, await clientOf(attempt.Target, attempt.Key).GetResponseAsync(call.Messages, call.Options, deadline.Token).ConfigureAwait(false));
        }
        catch (Exception error) when (!deadline.Token.IsCancellationRequested)
        {
            throw LogicalModelCall.AsFailure(error);
        }
    }

    private async Task<OpenStream> OpenAsync(LogicalModelCall call, RouteAttempt attempt, AttemptDeadline deadline)
    {
        deadline.Allow(TimeSpan.FromSeconds(deadlines.TotalSeconds));
        var updates = clientOf(attempt.Target, attempt.Key).GetStreamingResponseAsync(call.Messages, call.Options, deadline.Token).GetAsyncEnumerator(deadline.Token);
        OpenStream stream = new(attempt, deadline, [], updates);
        bool open = false;
        try
        {
            while (!open && await updates.MoveNextAsync().ConfigureAwait(false))
            {
                attempt.HasHeaders = true;
                stream.Prelude.Add(updates.Current);
                open = updates.Current.HasContent() || stream.Prelude.Count == LongestPrelude;
            }

            // An answer may be empty, if it says that it has finished.
            open = stream.Prelude.Count > 0;
            attempt.Entry.FirstToken();
            return open ? stream : throw new ModelCallException(new(ModelErrorClass.Malformed, null, "The stream was empty."));
        }
        catch (Exception error) when (!deadline.Token.IsCancellationRequested)
        {
            throw LogicalModelCall.AsFailure(error);
        }
        finally
        {
            if (!open)
            {
                await updates.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static async ValueTask<bool> NextAsync(LogicalModelCall call, OpenStream stream, CancellationToken cancellation)
    {
        try
        {
            return await stream.Rest.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            throw call.Broken(stream.Attempt, error);
        }
    }

    private sealed record WholeAnswer(RouteAttempt Attempt, AttemptDeadline Deadline, ChatResponse Response) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            Deadline.Dispose();
            return ValueTask.CompletedTask;
        }
    }

    private sealed record OpenStream(
        RouteAttempt Attempt, AttemptDeadline Deadline, List<ChatResponseUpdate> Prelude, IAsyncEnumerator<ChatResponseUpdate> Rest) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Rest.DisposeAsync().ConfigureAwait(false);
            Deadline.Dispose();
        }
    }
}
