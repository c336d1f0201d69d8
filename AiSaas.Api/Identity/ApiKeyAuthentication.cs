using System.Text.Encodings.Web;
using AiSaas.Core.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AiSaas.Api.Identity;

/// <summary>Signs programs in by <c>Authorization: Bearer sk-ais-…</c>, or <c>x-api-key</c> as Anthropic's clients send it.</summary>
internal sealed class ApiKeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ApiKeyDirectory keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";

    private const string Bearer = "Bearer ";

    /// <summary>Whether the request brings a key at all; then its cookie counts for nothing.</summary>
    public static bool Brings(HttpRequest request) =>
        request.Headers.ContainsKey(HeaderNames.Authorization) || request.Headers.ContainsKey("x-api-key");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        string authorization = Request.Headers.Authorization.ToString();
        string secret = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : Request.Headers["x-api-key"].ToString();
        return await keys.FindAsync(new ApiKeySecret(secret), Context.RequestAborted) is { } holder
            ? AuthenticateResult.Success(new AuthenticationTicket(Claims.Program(Scheme.Name, holder), Scheme.Name))
            : AuthenticateResult.Fail("The key is unknown, revoked or expired.");
    }
}
