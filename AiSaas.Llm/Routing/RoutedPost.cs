using System.Buffers;
using System.Text.Json;
using AiSaas.Llm.Forwarding;
using AiSaas.Llm.Keys;
using AiSaas.Llm.Models;
using AiSaas.Llm.Telemetry;
using AiSaas.Llm.Wire;

namespace AiSaas.Llm.Routing;

/// <summary>A request with one whole answer, in the provider's own API: tries keys and targets as a route has them.</summary>
/// <remarks>For what is no chat: vectors and rankings. Keys, breakers and the budget of retries are those of all other calls.</remarks>
internal sealed class RoutedPost(RouteContext context, DeadlineOptions deadlines)
{
    /// <param name="route">Where the model's name leads.</param>
    /// <param name="ownKeys">Keys that override the configured ones, by provider.</param>
    /// <param name="deadline">Of one attempt.</param>
    /// <param name="api">What is sent to a target, and what its answer means.</param>
    /// <param name="cancellation">The caller's.</param>
    /// <exception cref="ModelCallException">Nobody answered.</exception>
    public async Task<Posted<T>> SendAsync<T>(
        Route route, IReadOnlyDictionary<string, KeyPool>? ownKeys, TimeSpan deadline, IPostApi<T> api, CancellationToken cancellation)
    {
        RouteWalk walk = new(route, context, ownKeys);
        var clock = context.Clock;
        long totalUntil = clock.GetTimestamp() + (long)(deadlines.TotalSeconds * clock.TimestampFrequency);
        while (walk.Next() is { } attempt)
        {
            using AttemptDeadline end = new(totalUntil, clock, cancellation);
            end.Allow(deadline);
            attempt.Span = new(api.Labels(attempt.Target), clock);
            try
            {
                var answer = await TryAsync(attempt, api, end.Token).ConfigureAwait(false);
                attempt.Span?.Used(api.Usage(answer));
                RouteWalk.Succeeded(attempt, null, attempt.Entry.Elapsed);
                return new(answer, attempt.Target, walk.Log.Attempts);
            }
            catch (Exception error) when (end.Explain(error, $"No answer within {deadline.TotalSeconds:0.##} s.") is { } failure)
            {
                walk.Failed(attempt, failure with { Message = ProviderKey.Without(attempt.Key.Secret, failure.Message) });
            }
            catch
            {
                RouteWalk.Cancelled(attempt);
                throw;
            }
        }

        throw new ModelCallException(walk.Outcome(), walk.Log.Attempts, null);
    }

    private async Task<T> TryAsync<T>(RouteAttempt attempt, IPostApi<T> api, CancellationToken cancellation)
    {
        var endpoint = attempt.Target.Endpoint ?? throw new ModelCallException(
            new(ModelErrorClass.Unsupported, null, "A local model is not reached this way."));
        using var request = endpoint.NewPost(api.Path(attempt.Target));
        request.Content = Body(attempt.Target, api);
        endpoint.Authorize(request, attempt.Key);
        using var response = await endpoint.Http.SendAsync(request, cancellation).ConfigureAwait(false);
        attempt.HasHeaders = true;
        attempt.Keys?.Observe(attempt.Key, response.Headers);
        if (!response.IsSuccessStatusCode)
        {
            throw new ModelCallException((await UpstreamRefusal.ReadAsync(response, attempt.Key, context.Clock, cancellation).ConfigureAwait(false)).Failure);
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        var (bytes, length) = await BodyReader.ReadAsync(stream, response.Content.Headers.ContentLength, cancellation).ConfigureAwait(false);
        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            return api.Read(attempt.Target, document.RootElement);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new ModelCallException(new(ModelErrorClass.Malformed, null, $"The answer is not what this API promises: {error.Message}"));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private static ByteArrayContent Body<T>(RouteTarget target, IPostApi<T> api)
    {
        ArrayBufferWriter<byte> body = new(16 * 1024);
        using (Utf8JsonWriter json = new(body, WireJson.Writing))
        {
            json.WriteStartObject();
            api.Write(json, target);
            json.WriteEndObject();
        }

        ByteArrayContent content = new(body.WrittenSpan.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
        return content;
    }
}

/// <summary>One request in the words of whichever target gets it.</summary>
internal interface IPostApi<T>
{
    string Path(RouteTarget target);

    /// <summary>The members of the body.</summary>
    void Write(Utf8JsonWriter json, RouteTarget target);

    /// <summary>May throw what reading JSON throws: that is a malformed answer.</summary>
    T Read(RouteTarget target, JsonElement answer);

    TokenUsage Usage(T answer);

    ModelCallLabels Labels(RouteTarget target);
}

/// <param name="Target">Who answered.</param>
internal sealed record Posted<T>(T Answer, RouteTarget Target, IReadOnlyList<ModelAttempt> Attempts);
