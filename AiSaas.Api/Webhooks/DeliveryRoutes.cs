using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Webhooks;
using AiSaas.Core.Webhooks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Webhooks;

/// <summary>What endpoints were told, and telling them again.</summary>
internal static class DeliveryRoutes
{
    private const int LargestPage = 100;

    public static void MapDeliveries(this RouteGroupBuilder webhooks)
    {
        webhooks.MapGet("/{id}/deliveries", List);
        webhooks.MapGet("/deliveries/{id}", Read);
    }

    public static void MapReplays(this RouteGroupBuilder webhooks)
    {
        webhooks.MapPost("/{id}/test", Test);
        webhooks.MapPost("/{id}/replay", ReplaySince);
        webhooks.MapPost("/deliveries/{id}/replay", Replay);
    }

    private static async Task<Results<Ok<Page<WebhookDelivery>>, ProblemHttpResult>> List(
        string id, [AsParameters] DeliveryQuery query, CurrentUser caller, WebhookLog log, CancellationToken cancellation)
    {
        if (query.Status is not (null or "" or "pending" or "delivered" or "failed"))
        {
            return Problems.Invalid("webhooks:bad-status", "A delivery is pending, delivered or failed.");
        }

        DeliveryId? before = null;
        if (query.Cursor is { Length: > 0 } cursor)
        {
            if (!DeliveryId.TryParse(cursor, null, out var last))
            {
                return Problems.Invalid("webhooks:bad-cursor", "The cursor is not one that this list gave.");
            }

            before = last;
        }

        int limit = Math.Clamp(query.Limit ?? 50, 1, LargestPage);
        if (!WebhookId.TryParse(id, null, out var webhook)
            || await log.ListAsync(caller.Tenant, webhook, query.Status is "" ? null : query.Status, before, limit + 1, cancellation) is not { } found)
        {
            return WebhookEndpointRoutes.NotFound();
        }

        return TypedResults.Ok(found.Count > limit
            ? new Page<WebhookDelivery>([.. found.Take(limit)], found[limit - 1].Id.ToString())
            : new Page<WebhookDelivery>(found));
    }

    private static async Task<Results<Ok<WebhookDelivery>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, WebhookLog log, CancellationToken cancellation) =>
        DeliveryId.TryParse(id, null, out var delivery) && await log.FindAsync(caller.Tenant, delivery, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NoDelivery();

    private static async Task<Results<Accepted<WebhookDelivery>, ProblemHttpResult>> Test(
        string id, CurrentUser caller, ReplayDeliveries replays, WebhookLog log, CancellationToken cancellation) =>
        WebhookId.TryParse(id, null, out var webhook)
            ? await ShownAsync(await replays.TestAsync(caller.Tenant, webhook, caller.User, cancellation), caller, log, cancellation)
            : WebhookEndpointRoutes.NotFound();

    private static async Task<Results<Accepted<WebhookDelivery>, ProblemHttpResult>> Replay(
        string id, CurrentUser caller, ReplayDeliveries replays, WebhookLog log, CancellationToken cancellation) =>
        DeliveryId.TryParse(id, null, out var delivery)
            ? await ShownAsync(await replays.OneAsync(caller.Tenant, delivery, cancellation), caller, log, cancellation)
            : NoDelivery();

    private static async Task<Results<Accepted<ReplayedWebhook>, ProblemHttpResult>> ReplaySince(
        string id, ReplayWebhookRequest request, CurrentUser caller, ReplayDeliveries replays, CancellationToken cancellation)
    {
        if (!WebhookId.TryParse(id, null, out var webhook))
        {
            return WebhookEndpointRoutes.NotFound();
        }

        var since = request.Since ?? DateTimeOffset.MinValue;
        return await replays.SinceAsync(caller.Tenant, webhook, since, request.All is true, cancellation) switch
        {
            ReplayOutcome.Sending(_, var count, var more) =>
                TypedResults.Accepted($"/api/webhooks/{webhook}/deliveries", new ReplayedWebhook(count, more)),
            ReplayOutcome.Disabled => SwitchedOff(),
            _ => WebhookEndpointRoutes.NotFound(),
        };
    }

    private static async Task<Results<Accepted<WebhookDelivery>, ProblemHttpResult>> ShownAsync(
        ReplayOutcome outcome, CurrentUser caller, WebhookLog log, CancellationToken cancellation) => outcome switch
        {
            ReplayOutcome.Sending(var first, _, _) when await log.FindAsync(caller.Tenant, first, cancellation) is { } found =>
                TypedResults.Accepted($"/api/webhooks/deliveries/{first}", found),
            ReplayOutcome.Disabled => SwitchedOff(),
            _ => NoDelivery(),
        };

    private static ProblemHttpResult SwitchedOff() =>
        Problems.Conflict("webhooks:disabled", "This webhook is switched off. Switch it on first.");

    private static ProblemHttpResult NoDelivery() => Problems.NotFound("webhooks:no-delivery", "There is no such delivery; they are kept for 30 days.");

    /// <param name="Status">pending, delivered or failed; all unless told.</param>
    /// <param name="Limit">1 to 100; 50 unless told.</param>
    /// <param name="Cursor">The page before gave it.</param>
    internal sealed record DeliveryQuery(string? Status, int? Limit, string? Cursor);
}
