using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AiSaas.Contracts;
using AiSaas.Contracts.Common;
using Microsoft.Net.Http.Headers;
using Polly;

namespace AiSaas.Web.Api;

/// <summary>The api as pages see it: in the name of the visitor, whose cookies travel there and back.</summary>
/// <remarks>Refusals and an api that is away are values, never exceptions: <see cref="ApiResult{T}"/>.</remarks>
internal sealed class ApiClient(HttpClient http, IHttpContextAccessor accessor)
{
    private static readonly JsonTypeInfo<Problem> ProblemShape = Shape<Problem>();

    public Task<ApiResult<T>> GetAsync<T>(string path, CancellationToken cancellation)
        where T : class => SendAsync<T>(HttpMethod.Get, path, null, cancellation);

    public Task<ApiResult<T>> PostAsync<TBody, T>(string path, TBody body, CancellationToken cancellation)
        where T : class => SendAsync<T>(HttpMethod.Post, path, JsonContent.Create(body, Shape<TBody>()), cancellation);

    public Task<ApiResult<T>> PutAsync<TBody, T>(string path, TBody body, CancellationToken cancellation)
        where T : class => SendAsync<T>(HttpMethod.Put, path, JsonContent.Create(body, Shape<TBody>()), cancellation);

    public Task<ApiResult<T>> PatchAsync<TBody, T>(string path, TBody body, CancellationToken cancellation)
        where T : class => SendAsync<T>(HttpMethod.Patch, path, JsonContent.Create(body, Shape<TBody>()), cancellation);

    /// <summary>For routes that take nothing, or answer nothing that a page reads (<see cref="Nothing"/>).</summary>
    public async Task<ApiResult<T>> SendAsync<T>(
        HttpMethod method, string path, HttpContent? content, CancellationToken cancellation)
        where T : class
    {
        using HttpRequestMessage request = new(method, path) { Content = content };
        if (accessor.HttpContext is { } visitor)
        {
            SpeakFor(visitor, request.Headers);
        }

        try
        {
            using var response = await http.SendAsync(request, cancellation);
            if (accessor.HttpContext is { Response.HasStarted: false } current
                && response.Headers.TryGetValues(HeaderNames.SetCookie, out var cookies))
            {
                current.Response.Headers.Append(HeaderNames.SetCookie, cookies.ToArray());
            }

            return response.IsSuccessStatusCode
                ? new ApiResult<T>(await ReadAsync<T>(response, cancellation), null)
                : new ApiResult<T>(null, await ReadProblemAsync(response, cancellation));
        }
        catch (Exception fault) when (IsAway(fault, cancellation))
        {
            return new ApiResult<T>(null, Refusals.ApiAway);
        }
    }

    private static void SpeakFor(HttpContext visitor, HttpRequestHeaders headers)
    {
        if (visitor.Request.Headers.Cookie is { Count: > 0 } cookies)
        {
            headers.TryAddWithoutValidation(HeaderNames.Cookie, cookies.ToString());
        }

        if (visitor.Connection.RemoteIpAddress is { } address)
        {
            headers.TryAddWithoutValidation("X-Forwarded-For", address.ToString());
        }
    }

    private static async Task<T?> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellation)
        where T : class =>
        typeof(T) == typeof(Nothing)
            ? (T)(object)Nothing.Value
            : await response.Content.ReadFromJsonAsync(Shape<T>(), cancellation)
                ?? throw new JsonException($"The api answered null for {typeof(T).Name}.");

    private static async Task<Problem> ReadProblemAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        int status = (int)response.StatusCode;
        if (response.Content.Headers.ContentType?.MediaType is not ("application/problem+json" or "application/json"))
        {
            return Refusals.Plain(status);
        }

        try
        {
            var problem = await response.Content.ReadFromJsonAsync(ProblemShape, cancellation);
            return problem is null ? Refusals.Plain(status) : problem with { Status = status };
        }
        catch (JsonException)
        {
            return Refusals.Plain(status);
        }
    }

    /// <summary>Refused, broken off, too late, or kept from trying by a breaker; not the visitor leaving.</summary>
    private static bool IsAway(Exception fault, CancellationToken cancellation) =>
        !cancellation.IsCancellationRequested
        && fault is HttpRequestException or IOException or OperationCanceledException or ExecutionRejectedException;

    private static JsonTypeInfo<T> Shape<T>() =>
        ContractsJson.Default.GetTypeInfo(typeof(T)) as JsonTypeInfo<T>
        ?? throw new InvalidOperationException($"Add [JsonSerializable(typeof({typeof(T).Name}))] to ContractsJson.");
}

/// <summary>An answer whose body no page reads.</summary>
internal sealed class Nothing
{
    public static readonly Nothing Value = new();

    private Nothing()
    {
    }
}
