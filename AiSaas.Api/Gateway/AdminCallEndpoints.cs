using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Gateway;
using AiSaas.Core.Gateway;
using AiSaas.Core.Gateway.Ledger;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Gateway;

/// <summary>The ledger, call by call.</summary>
internal static class AdminCallEndpoints
{
    private const int LargestPage = 200;

    public static void MapCalls(this RouteGroupBuilder admin)
    {
        admin.MapGet("/calls", List);
        admin.MapGet("/calls/{id}", Read);
    }

    private static async Task<Results<Ok<Page<CallSummary>>, ProblemHttpResult>> List(
        [AsParameters] CallQuery query, CurrentUser caller, CallReader calls, CancellationToken cancellation)
    {
        var none = DateTimeOffset.MinValue;
        if (!Times.TryRead(query.From, none, out var from) || !Times.TryRead(query.To, none, out var to))
        {
            return Problems.Invalid("gateway:bad-time", "from and to are times or days, such as 2026-11-21T08:00:00Z or 2026-11-21.");
        }

        CallId? after = null;
        if (query.Cursor is { Length: > 0 } cursor)
        {
            if (!CallId.TryParse(cursor, null, out var last))
            {
                return Problems.Invalid("gateway:bad-cursor", "The cursor is not one that this list gave.");
            }

            after = last;
        }

        CallFilter filter = new()
        {
            From = from == none ? null : from,
            To = to == none ? null : to,
            User = query.User,
            Key = query.Key,
            Feature = query.Feature,
            Model = query.Model,
            Provider = query.Provider,
            Status = query.Status,
            Conversation = query.Conversation,
        };
        return TypedResults.Ok(await calls.ListAsync(caller.Tenant, filter, after, Math.Clamp(query.Limit ?? 50, 1, LargestPage), cancellation));
    }

    private static async Task<Results<Ok<CallDetail>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, CallReader calls, CancellationToken cancellation) =>
        CallId.TryParse(id, null, out var call) && await calls.FindAsync(caller.Tenant, call, cancellation) is { } found
            ? TypedResults.Ok(found)
            : Problems.NotFound("gateway:no-call", "There is no such call.");

    /// <param name="Limit">1 to 200; 50 unless told.</param>
    /// <param name="Cursor">The page before gave it.</param>
    internal sealed record CallQuery(
        string? From, string? To, string? User, Guid? Key, string? Feature, string? Model, string? Provider, string? Status,
        string? Conversation, int? Limit, string? Cursor);
}
