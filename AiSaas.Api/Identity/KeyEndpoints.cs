using AiSaas.Api.Common;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Identity;
using AiSaas.Core.Identity;
using AiSaas.Core.Tenancy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Identity;

/// <summary>Keys for programs. Members manage their own, admins all of the workspace.</summary>
internal static class KeyEndpoints
{
    private const decimal NanosPerDollar = 1_000_000_000m;

    public static void MapKeys(this RouteGroupBuilder api)
    {
        var keys = api.MapGroup("/keys").WithTags("Keys");
        keys.MapPost("", Create);
        keys.MapGet("", List);
        keys.MapDelete("/{id}", Revoke);
    }

    private static async Task<Results<Ok<CreatedKey>, ProblemHttpResult>> Create(
        CreateKeyRequest request, CurrentUser caller, ApiKeys keys, TimeProvider time, CancellationToken cancellation)
    {
        if (Fault(request, time) is { } fault)
        {
            return fault;
        }

        IReadOnlyList<string> scopes = request.Scopes is { Count: > 0 } asked ? [.. asked.Distinct()] : [Scopes.Everything];
        NewApiKey key = new(
            request.Name.Trim(), scopes, request.ExpiresAt, request.BudgetUsd is { } usd ? (long)(usd * NanosPerDollar) : null,
            request.AllowedModels);
        return await keys.CreateAsync(caller.Tenant, caller.User, key, cancellation) is { } made
            ? TypedResults.Ok(new CreatedKey(made.Id.Value, made.Secret.Value, key.Name, made.Secret.Prefix))
            : Problems.Conflict("keys:too-many", $"This workspace has {ApiKeys.MostPerTenant} keys. Delete some that aren't used.");
    }

    private static async Task<Ok<Page<KeySummary>>> List(CurrentUser caller, ApiKeys keys, CancellationToken cancellation)
    {
        var found = await keys.ListAsync(caller.Tenant, Whose(caller), cancellation);
        return TypedResults.Ok(new Page<KeySummary>([.. found.Select(key => new KeySummary(
            key.Id.Value, key.Name, key.Prefix, key.Scopes, key.CreatedAt, key.ExpiresAt, key.LastUsedAt,
            key.BudgetNanos / NanosPerDollar, key.AllowedModels))]));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(
        string id, CurrentUser caller, ApiKeys keys, CancellationToken cancellation) =>
        ApiKeyId.TryParse(id, null, out var key) && await keys.RevokeAsync(caller.Tenant, Whose(caller), key, cancellation)
            ? TypedResults.NoContent()
            : Problems.NotFound("keys:not-found", "There is no such key.");

    private static UserId? Whose(CurrentUser caller) => caller.IsAtLeast(Role.Admin) ? null : caller.User;

    private static ProblemHttpResult? Fault(CreateKeyRequest request, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > 100)
        {
            return Problems.Invalid("keys:bad-name", "Name the key, in up to 100 characters.");
        }

        if (request.Scopes?.FirstOrDefault(scope => !Scopes.IsKnown(scope)) is { } unknown)
        {
            return Problems.Invalid("keys:unknown-scope", $"There is no scope '{unknown}'. Known are {Scopes.Known}.");
        }

        if (request.ExpiresAt is { } expiry && expiry <= time.GetUtcNow())
        {
            return Problems.Invalid("keys:expired", "The key would have expired already.");
        }

        return request.BudgetUsd is < 0 or > 1_000_000_000
            ? Problems.Invalid("keys:bad-budget", "A budget is between 0 and 1,000,000,000 dollars.")
            : request.AllowedModels is { Count: > 100 } ? Problems.Invalid("keys:too-many-models", "Name up to 100 models.") : null;
    }
}
