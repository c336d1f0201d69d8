using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AiSaas.Llm.Routing;

/// <summary>A logical model: tries its targets in order until one answers.</summary>
/// <remarks>
/// 1. Before the first token a failure is invisible: the next target is tried, if its class allows.
/// 2. After the first token it is the caller's to see (<see cref="ModelCallException"/>), never a retry that would repeat text.
/// 3. The caller's cancellation ends everything at once and counts against nobody.
/// 4. Every attempt is in the <see cref="AttemptLog"/> that response, first update and exception carry.
/// </remarks>
internal sealed partial class LogicalModelClient(
    string name, IReadOnlyList<RouteTarget> targets, TargetOrder order, TimeSpan total, TimeProvider clock, ILogger<LogicalModelClient> logger) : IChatClient
{
    /// <summary>Some servers open with a part that says nothing; one that sends only such parts is not waited out in memory.</summary>
    private const int LongestPrelude = 64;

    private readonly ChatClientMetadata _metadata = new(targets[0].Provider, null, name);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using Call call = new(this, messages, options, cancellationToken);
        while (call.Next() is { } target)
        {
            try
            {
                var response = await target.Client.GetResponseAsync(call.Messages, call.Options, call.Token).ConfigureAwait(false);
                call.Log.Succeeded();
                (response.AdditionalProperties ??= [])[AttemptLog.Key] = call.Log;
                return response;
            }
            catch (Exception error) when (call.Failed(error))
            {
            }
        }

        throw call.Exhausted();
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using Call call = new(this, messages, options, cancellationToken);
        await using var stream = await OpenAsync(call).ConfigureAwait(false);
        (stream.Prelude[0].AdditionalProperties ??= [])[AttemptLog.Key] = call.Log;
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

            call.Log.Succeeded();
        }
        finally
        {
            call.Log.Cancelled(); // only if it is still running: the caller left
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
        foreach (var target in targets)
        {
            target.Client.Dispose();
        }
    }

    private static async Task<OpenStream> OpenAsync(Call call)
    {
        while (call.Next() is { } target)
        {
            var updates = target.Client.GetStreamingResponseAsync(call.Messages, call.Options, call.Token).GetAsyncEnumerator(call.Token);
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
                    call.Log.FirstToken();
                    return new(prelude, updates);
                }

                call.Failed(new ModelCallException(new(ModelErrorClass.Malformed, null, "The stream was empty.")));
            }
            catch (Exception error) when (call.Failed(error))
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

    private static async ValueTask<bool> NextAsync(Call call, OpenStream stream)
    {
        try
        {
            return await stream.Rest.MoveNextAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (call.Failed(error))
        {
            throw call.Broken();
        }
    }

    private sealed record OpenStream(List<ChatResponseUpdate> Prelude, IAsyncEnumerator<ChatResponseUpdate> Rest) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Rest.DisposeAsync();
    }
}
