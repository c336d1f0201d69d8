using System.Runtime.CompilerServices;
using AiSaas.Llm.Keys;
using Microsoft.Extensions.AI;

namespace AiSaas.Llm.Routing;

/// <summary>A logical model in process: tries its targets in the route's order until one answers.</summary>
/// <remarks>
/// 1. Before the first token a failure is invisible: the next target is tried, if its class allows.
/// 2. After the first token it is the caller's to see (<see cref="ModelCallException"/>), never a retry that would repeat text.
/// 3. The caller's cancellation ends everything at once and counts against nobody.
/// 4. Every attempt is in the <see cref="AttemptLog"/> that response, first update and exception carry.
/// </remarks>
/// <param name="route">Where the name leads.</param>
/// <param name="ownKeys">Keys that override the configured ones, by provider.</param>
/// <param name="clientOf">The client of a target under one of its keys.</param>
/// <param name="total">Everything, all attempts included.</param>
/// <param name="context">Shared with the gateway's other face.</param>
internal sealed class LogicalModelClient(
    Route route, IReadOnlyDictionary<string, KeyPool>? ownKeys, Func<RouteTarget, ProviderKey, IChatClient> clientOf, TimeSpan total, RouteContext context)
    : IChatClient
{
    /// <summary>Some servers open with a part that says nothing; one that sends only such parts is not waited out in memory.</summary>
    private const int LongestPrelude = 64;

    private readonly ChatClientMetadata _metadata = new(route.Targets[0].Provider, null, route.Name);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using LogicalModelCall call = new(new(route, context, ownKeys), messages, options, total, context.Clock, cancellationToken);
        while (call.Next() is { } attempt)
        {
            try
            {
                var response = await clientOf(attempt.Target, attempt.Key).GetResponseAsync(call.Messages, call.Options, call.Token).ConfigureAwait(false);
                RouteWalk.Succeeded(attempt, null, attempt.Entry.Elapsed);
                (response.AdditionalProperties ??= [])[AttemptLog.Key] = call.Log;
                return response;
            }
            catch (Exception error) when (call.Failed(attempt, error))
            {
            }
        }

        throw call.Exhausted();
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using LogicalModelCall call = new(new(route, context, ownKeys), messages, options, total, context.Clock, cancellationToken);
        await using var stream = await OpenAsync(call).ConfigureAwait(false);
        (stream.Prelude[0].AdditionalProperties ??= [])[AttemptLog.Key] = call.Log;
        bool ended = false;
        try
        {
            foreach (var update in stream.Prelude)
            {
                yield return update;
            }

            while (await NextAsync(call, stream).ConfigureAwait(false))
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

    private async Task<OpenStream> OpenAsync(LogicalModelCall call)
    {
        while (call.Next() is { } attempt)
        {
            var updates = clientOf(attempt.Target, attempt.Key).GetStreamingResponseAsync(call.Messages, call.Options, call.Token).GetAsyncEnumerator(call.Token);
            List<ChatResponseUpdate> prelude = [];
            bool open = false;
            try
            {
                while (!open && await updates.MoveNextAsync().ConfigureAwait(false))
                {
                    prelude.Add(updates.Current);
                    open = updates.Current.HasContent() || prelude.Count == LongestPrelude;
                }

                // An answer may be empty, if it says that it has finished.
                open = prelude.Count > 0;
                if (open)
                {
                    attempt.Entry.FirstToken();
                    return new(attempt, prelude, updates);
                }

                call.Failed(attempt, new ModelCallException(new(ModelErrorClass.Malformed, null, "The stream was empty.")));
            }
            catch (Exception error) when (call.Failed(attempt, error))
            {
                open = false;
            }
            finally
            {
                if (!open)
                {
                    await updates.DisposeAsync().ConfigureAwait(false);
                }
            }
        }

        throw call.Exhausted();
    }

    private static async ValueTask<bool> NextAsync(LogicalModelCall call, OpenStream stream)
    {
        try
        {
            return await stream.Rest.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (call.Failed(stream.Attempt, error))
        {
            throw call.Broken();
        }
    }

    private sealed record OpenStream(RouteAttempt Attempt, List<ChatResponseUpdate> Prelude, IAsyncEnumerator<ChatResponseUpdate> Rest) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Rest.DisposeAsync();
    }
}
