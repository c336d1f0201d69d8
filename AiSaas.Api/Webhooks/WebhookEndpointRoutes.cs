using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Webhooks;
using AiSaas.Core.Tenancy;
using AiSaas.Core.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Webhooks;

/// <summary>Where a workspace is told of its events. Members look; admins set up, for an address gets to see results.</summary>
internal static class WebhookEndpointRoutes
{
    private const int LongestDescription = 200;

    public static void MapWebhooks(this RouteGroupBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Webhooks").RequireRole(Role.Member);
        webhooks.MapGet("", List);
        webhooks.MapGet("/{id}", Read);
        webhooks.MapDeliveries();

        var changes = webhooks.MapGroup("").RequireRole(Role.Admin);
        changes.MapPost("", Create);
        changes.MapPatch("/{id}", Update);
        changes.MapDelete("/{id}", Delete);
        changes.MapPost("/{id}/rotate", Rotate);
        changes.MapReplays();
    }

    internal static ProblemHttpResult NotFound() => Problems.NotFound("webhooks:not-found", "There is no such webhook.");

    private static async Task<Ok<Page<WebhookInfo>>> List(CurrentUser caller, WebhookEndpoints webhooks, CancellationToken cancellation) =>
        TypedResults.Ok(new Page<WebhookInfo>(await webhooks.ListAsync(caller.Tenant, cancellation)));

    private static async Task<Results<Ok<WebhookInfo>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, WebhookEndpoints webhooks, CancellationToken cancellation) =>
        WebhookId.TryParse(id, null, out var webhook) && await webhooks.FindAsync(caller.Tenant, webhook, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<Ok<CreatedWebhook>, ProblemHttpResult>> Create(
        CreateWebhookRequest request, CurrentUser caller, WebhookEndpoints webhooks, WebhookAddress addresses, CancellationToken cancellation)
    {
        var (change, fault) = await ReadAsync(request.Url ?? "", request.Events ?? [], request.Description, request.Enabled, addresses, cancellation);
        if (fault is not null)
        {
            return fault;
        }

        return await webhooks.CreateAsync(caller.Tenant, caller.User, change!, cancellation) is { } made
            ? TypedResults.Ok(new CreatedWebhook(made.Webhook.Id, made.Secret, made.Webhook))
            : Problems.Conflict("webhooks:too-many", $"This workspace has {WebhookEndpoints.MostPerTenant} webhooks. Delete some that aren't used.");
    }

    private static async Task<Results<Ok<WebhookInfo>, ProblemHttpResult>> Update(
        string id, UpdateWebhookRequest request, CurrentUser caller, WebhookEndpoints webhooks, WebhookAddress addresses, CancellationToken cancellation)
    {
        if (!WebhookId.TryParse(id, null, out var webhook) || await webhooks.FindAsync(caller.Tenant, webhook, cancellation) is not { } found)
        {
            return NotFound();
        }

        if (found.Kind != "standing" && (request.Url is not null || request.Events is not null))
        {
            return Problems.Conflict("webhooks:one-off", "This address came with a job. It can be switched off, not changed.");
        }

        var (change, fault) = await ReadAsync(request.Url, request.Events, request.Description, request.Enabled, addresses, cancellation);
        return fault is not null ? fault
            : await webhooks.UpdateAsync(caller.Tenant, webhook, change!, cancellation) is { } updated ? TypedResults.Ok(updated)
            : NotFound();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, WebhookEndpoints webhooks, CancellationToken cancellation) =>
        WebhookId.TryParse(id, null, out var webhook) && await webhooks.DeleteAsync(caller.Tenant, webhook, cancellation)
            ? TypedResults.NoContent()
            : NotFound();

    private static async Task<Results<Ok<RotatedWebhook>, ProblemHttpResult>> Rotate(
        string id, CurrentUser caller, WebhookEndpoints webhooks, CancellationToken cancellation) =>
        WebhookId.TryParse(id, null, out var webhook) && await webhooks.RotateAsync(caller.Tenant, webhook, cancellation) is { } rotated
            ? TypedResults.Ok(new RotatedWebhook(webhook.Value, rotated.Secret, rotated.OldUntil))
            : NotFound();

    private static async Task<(EndpointChange? Change, ProblemHttpResult? Fault)> ReadAsync(
        string? url, IReadOnlyList<string>? events, string? description, bool? enabled, WebhookAddress addresses, CancellationToken cancellation)
    {
        if (description is { Length: > LongestDescription })
        {
            return (null, Problems.Invalid("webhooks:bad-description", $"A description has up to {LongestDescription} characters."));
        }

        if (events is not null && WebhookEvents.Unknown(events) is { } unknown)
        {
            return (null, Problems.Invalid("webhooks:unknown-event", $"There is no event '{unknown}'. There are {string.Join(", ", WebhookEvents.All)}."));
        }

        Uri? read = null;
        if (url is not null)
        {
            (read, string? fault) = await addresses.ReadAsync(url, cancellation);
            if (fault is not null)
            {
                return (null, Problems.Invalid("webhooks:bad-url", fault));
            }
        }

        return (new(read, events is null ? null : WebhookEvents.Expand(events), description?.Trim(), enabled), null);
    }
}
