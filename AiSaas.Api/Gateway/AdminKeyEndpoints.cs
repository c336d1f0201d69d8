using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Gateway;
using AiSaas.Core.Gateway.Keys;
using AiSaas.Llm.Keys;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Gateway;

/// <summary>The provider keys that a workspace brings.</summary>
internal static class AdminKeyEndpoints
{
    /// <summary>Session tokens of clouds are long; nothing is longer.</summary>
    private const int LongestSecret = 4096;

    private const int ShortestSecret = 8;

    public static void MapProviderKeys(this RouteGroupBuilder admin)
    {
        var keys = admin.MapGroup("/keys");
        keys.MapGet("", List);
        keys.MapPost("", Add);
        keys.MapDelete("/{id}", Delete);
        keys.MapPost("/{id}/enable", Enable);
    }

    private static async Task<Ok<Page<OwnProviderKey>>> List(
        CurrentUser caller, ProviderKeys keys, TenantProviderKeys pools, CancellationToken cancellation)
    {
        var stored = await keys.ListAsync(caller.Tenant, cancellation);
        List<OwnProviderKey> items = [];
        foreach (var key in stored)
        {
            items.Add(Shown(key, await pools.StateOfAsync(caller.Tenant, key.Id, cancellation)));
        }

        return TypedResults.Ok(new Page<OwnProviderKey>(items));
    }

    private static async Task<Results<Ok<OwnProviderKey>, ProblemHttpResult>> Add(
        AddProviderKeyRequest request, CurrentUser caller, ProviderKeys keys, CancellationToken cancellation)
    {
        if (Fault(request) is { } fault)
        {
            return fault;
        }

        return await keys.AddAsync(caller.Tenant, caller.User, request.Provider.Trim(), request.Label?.Trim() ?? "", request.Secret.Trim(), cancellation) switch
        {
            AddKeyOutcome.Added(var key) => TypedResults.Ok(Shown(key, new(key.Hint, KeyCondition.Ready, null, null, null, null, null, null))),
            AddKeyOutcome.UnknownProvider(var known) => Problems.Invalid(
                "gateway:unknown-provider", $"Keys can be brought for {string.Join(", ", known)}. Other addresses are for whoever runs this service to configure."),
            AddKeyOutcome.AlreadyKept => Problems.Conflict("gateway:key-exists", "This workspace has that key already."),
            _ => Problems.Conflict("gateway:too-many-keys", $"This workspace has {ProviderKeys.MostPerTenant} provider keys. Delete some that aren't used."),
        };
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, ProviderKeys keys, CancellationToken cancellation) =>
        ProviderKeyId.TryParse(id, null, out var key) && await keys.DeleteAsync(caller.Tenant, key, cancellation)
            ? TypedResults.NoContent()
            : NotFound();

    private static async Task<Results<Ok<OwnProviderKey>, ProblemHttpResult>> Enable(
        string id, CurrentUser caller, ProviderKeys keys, TenantProviderKeys pools, CancellationToken cancellation) =>
        ProviderKeyId.TryParse(id, null, out var key) && await keys.EnableAsync(caller.Tenant, key, cancellation) is { } enabled
            ? TypedResults.Ok(Shown(enabled, await pools.StateOfAsync(caller.Tenant, key, cancellation)))
            : NotFound();

    private static OwnProviderKey Shown(StoredProviderKey key, KeyState? here) => new(
        key.Id.Value, key.Provider, key.Label, key.Hint,
        key.DisabledReason is not null ? KeyStates.Disabled : here is null ? "unused" : KeyStates.Name(here.Condition),
        here?.Reason ?? key.DisabledReason, here?.Until, key.CreatedBy?.Value, key.CreatedAt, key.LastUsedAt);

    private static ProblemHttpResult NotFound() => Problems.NotFound("gateway:no-key", "There is no such key.");

    private static ProblemHttpResult? Fault(AddProviderKeyRequest request)
    {
        if (string.IsNullOrWhiteSpace(request.Provider) || request.Provider.Length > 100)
        {
            return Problems.Invalid("gateway:bad-provider", "Name the provider that the key is for.");
        }

        if (request.Secret?.Trim() is not { Length: >= ShortestSecret and <= LongestSecret } secret || secret.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return Problems.Invalid("gateway:bad-key", $"A key has {ShortestSecret} to {LongestSecret} letters, digits and signs, without spaces.");
        }

        return request.Label is { Length: > 100 } ? Problems.Invalid("gateway:bad-label", "A label has up to 100 characters.") : null;
    }
}
