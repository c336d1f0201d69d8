using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;

namespace AiSaas.Tests.ServiceDefaults;

public sealed class ProblemTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bug_is_told_as_a_code_and_a_trace_id_and_nothing_of_the_inside()
    {
        var (status, problem) = await SendAsync(HttpMethod.Get, "/bug");

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        Assert.Equal("server:failed", problem.GetProperty("code").GetString());
        Assert.NotEmpty(problem.GetProperty("traceId").GetString()!);
        Assert.DoesNotContain("secret", problem.GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(" at ", problem.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_body_is_pointed_at()
    {
        var (status, problem) = await SendAsync(HttpMethod.Post, "/orders", "{\"count\":\"many\"}");

        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("request:invalid", problem.GetProperty("code").GetString());
        Assert.Contains("$.count", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nowhere", 404, "request:not-found")]
    [InlineData("/orders", 405, "request:method-not-allowed")]
    [InlineData("/upstream", 502, "upstream:failed")]
    [InlineData("/slow", 504, "upstream:timeout")]
    [InlineData("/full", 429, "limits:exceeded")]
    [InlineData("/own", 409, "orders:taken")]
    public async Task Every_refusal_has_a_stable_code(string path, int status, string code)
    {
        var (answered, problem) = await SendAsync(HttpMethod.Get, path);

        Assert.Equal(status, (int)answered);
        Assert.Equal(code, problem.GetProperty("code").GetString());
    }

    private static async Task<(HttpStatusCode Status, JsonElement Problem)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        await using var app = await TestApp.StartAsync(map: app =>
        {
            app.MapGet("/bug", IResult () => throw new InvalidOperationException("secret"));
            app.MapPost("/orders", (Order order) => TypedResults.Ok(order));
            app.MapGet("/upstream", IResult () => throw new HttpRequestException("10.0.0.7 refused"));
            app.MapGet("/slow", IResult () => throw new TimeoutException());
            app.MapGet("/full", () => TypedResults.StatusCode(StatusCodes.Status429TooManyRequests));
            app.MapGet("/own", () => TypedResults.Problem(statusCode: 409, extensions: [KeyValuePair.Create("code", (object?)"orders:taken")]));
        });
        using HttpRequestMessage request = new(method, path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");

        using var response = await app.GetTestClient().SendAsync(request, Cancellation);

        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancellation));
        return (response.StatusCode, document.RootElement.Clone());
    }

    private sealed record Order(int Count);
}
