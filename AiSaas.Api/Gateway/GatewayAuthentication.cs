using System.Globalization;
using AiSaas.Api.Identity;
using AiSaas.Core.Gateway;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Authentication;

namespace AiSaas.Api.Gateway;

/// <summary>Says on whose behalf a request to <c>/v1</c> comes.</summary>
/// <remarks>Outside ASP.NET's authentication: a key is one look-up in memory, and no principal of claims is built for it. Its refusals
/// have the shape of the client's API, which problem details have not.</remarks>
internal sealed class GatewayAuthentication(ApiKeyDirectory keys)
{
    private const string Bearer = "Bearer ";
    private const int LongestLabel = 200;

    public async ValueTask<(GatewayCaller? Caller, GatewayError? Refusal)> CallerAsync(HttpContext context)
    {
        var request = context.Request;
        if (ApiKeyAuthentication.Brings(request))
        {
            return await keys.FindAsync(new ApiKeySecret(Secret(request)), context.RequestAborted) is { } holder
                ? Program(holder, request)
                : (null, new(401, "invalid_api_key", "The key is unknown, revoked or expired. Make one under Keys."));
        }

        var cookie = await context.AuthenticateAsync(AuthenticationSetup.Cookie);
        return cookie.Principal is { } principal && CurrentUser.From(principal) is { } person
            ? Person(person, request)
            : (null, new(401, "invalid_api_key", "Send a key: Authorization: Bearer sk-ais-… or x-api-key."));
    }

    /// <summary>The same for a route under <c>/api</c>, whose own rules have let the caller in: what it sets going calls models on its behalf.</summary>
    /// <returns>Null where the key has been revoked since.</returns>
    public async ValueTask<GatewayCaller?> SignedInAsync(HttpContext context)
    {
        var person = CurrentUser.From(context.User) ?? throw new InvalidOperationException("This route must require access.");
        if (person.Key is null)
        {
            return Labelled(Of(person), context.Request);
        }

        return await keys.FindAsync(new ApiKeySecret(Secret(context.Request)), context.RequestAborted) is { } holder
            ? Labelled(Of(holder), context.Request)
            : null;
    }

    private static (GatewayCaller?, GatewayError?) Program(ApiKeyHolder holder, HttpRequest request)
    {
        bool reads = HttpMethods.IsGet(request.Method);
        if (!Scopes.AllowGateway(holder.Scopes, reads))
        {
            return (null, new(403, "insufficient_scope", "This key's scopes don't reach the gateway; it needs the scope 'gateway'."));
        }

        return holder.Role == Role.Viewer && !reads
            ? (null, ReadOnly)
            : (Labelled(Of(holder), request), null);
    }

    private static (GatewayCaller?, GatewayError?) Person(CurrentUser person, HttpRequest request) =>
        person.Role == Role.Viewer && !HttpMethods.IsGet(request.Method)
            ? (null, ReadOnly)
            : (Labelled(Of(person), request), null);

    private static GatewayCaller Of(ApiKeyHolder holder) => new(holder.Tenant, holder.User, holder.Key)
    {
        KeyBudgetNanos = holder.BudgetNanos,
        AllowedModels = holder.AllowedModels,
        Permissions = holder.Permissions,
    };

    private static GatewayCaller Of(CurrentUser person) =>
        new(person.Tenant, person.User, null) { Permissions = string.Create(CultureInfo.InvariantCulture, $"role:{person.Role}") };

    private static GatewayCaller Labelled(GatewayCaller caller, HttpRequest request) => caller with
    {
        Feature = Label(request, "x-aisaas-feature") ?? caller.Feature,
        EndUser = Label(request, "x-aisaas-user"),
        Conversation = Label(request, "x-aisaas-conversation"),
    };

    private static string? Label(HttpRequest request, string header)
    {
        if (!request.Headers.TryGetValue(header, out var values) || values.ToString() is not { Length: > 0 } text)
        {
            return null;
        }

        return text.Length > LongestLabel ? text[..LongestLabel] : text;
    }

    private static string Secret(HttpRequest request)
    {
        string authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)
            ? authorization[Bearer.Length..].Trim()
            : request.Headers["x-api-key"].ToString();
    }

    private static GatewayError ReadOnly { get; } = new(403, "read_only", "Viewers can't spend on models. A member or an admin can.");
}
