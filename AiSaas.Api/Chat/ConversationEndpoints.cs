using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Chat;
using AiSaas.Contracts.Common;
using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Chat;

/// <summary>A person's conversations: list, read, rename, pin, delete.</summary>
internal static class ConversationEndpoints
{
    private const int PageSize = 100;

    public static void MapConversations(this RouteGroupBuilder api)
    {
        var conversations = api.MapGroup("/conversations").WithTags("Chat");
        conversations.MapPost("", Create).AllowViewers();
        conversations.MapGet("", List);
        conversations.MapGet("/{id}", Read);
        conversations.MapPatch("/{id}", Update).AllowViewers();
        conversations.MapDelete("/{id}", Delete).AllowViewers();
        conversations.MapPost("/{id}/messages", MessageEndpoints.Ask).AllowViewers();
    }

    public static ProblemHttpResult NotFound() => Problems.NotFound("conversations:not-found", "There is no such conversation.");

    private static async Task<Results<Ok<ConversationSummary>, ProblemHttpResult>> Create(
        CreateConversationRequest request, CurrentUser caller, Conversations conversations, TimeProvider time, CancellationToken cancellation)
    {
        if (await FaultAsync(request.Title, request.CollectionIds, caller, conversations, cancellation) is { } fault)
        {
            return fault;
        }

        CollectionId[] collections = [.. (request.CollectionIds ?? []).Select(id => new CollectionId(id))];
        var id = await conversations.CreateAsync(caller.Tenant, caller.User, request.Title, collections, cancellation);
        var now = time.GetUtcNow();
        return TypedResults.Ok(new ConversationSummary(
            id.Value, request.Title?.Trim() ?? "", false, false, request.CollectionIds ?? [], now, now));
    }

    private static async Task<Results<Ok<Page<ConversationSummary>>, ProblemHttpResult>> List(
        CurrentUser caller, Conversations conversations, CancellationToken cancellation, string? after = null)
    {
        if (!Cursor.TryRead(after, out int offset))
        {
            return Problems.Invalid("request:bad-cursor", "'after' is the 'next' of the page before.");
        }

        var found = await conversations.ListAsync(caller.Tenant, caller.User, offset, PageSize + 1, cancellation);
        return TypedResults.Ok(Cursor.Page(found, offset, PageSize));
    }

    private static async Task<Results<Ok<ConversationDetail>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, Conversations conversations, CancellationToken cancellation) =>
        ConversationId.TryParse(id, null, out var conversation)
        && await conversations.FindAsync(caller.Tenant, caller.User, conversation, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<NoContent, ProblemHttpResult>> Update(
        string id, UpdateConversationRequest request, CurrentUser caller, Conversations conversations, CancellationToken cancellation)
    {
        if (await FaultAsync(request.Title, request.CollectionIds, caller, conversations, cancellation) is { } fault)
        {
            return fault;
        }

        CollectionId[]? collections = request.CollectionIds is { } ids ? [.. ids.Select(one => new CollectionId(one))] : null;
        return ConversationId.TryParse(id, null, out var conversation)
            && await conversations.UpdateAsync(
                caller.Tenant, caller.User, conversation, request.Title, request.Pinned, collections, cancellation)
            ? TypedResults.NoContent()
            : NotFound();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, Conversations conversations, CancellationToken cancellation) =>
        ConversationId.TryParse(id, null, out var conversation)
        && await conversations.DeleteAsync(caller.Tenant, caller.User, conversation, cancellation)
            ? TypedResults.NoContent()
            : NotFound();

    private static async Task<ProblemHttpResult?> FaultAsync(
        string? title, IReadOnlyList<Guid>? collectionIds, CurrentUser caller, Conversations conversations, CancellationToken cancellation) =>
        title is { Length: > 200 }
            ? Problems.Invalid("conversations:title-too-long", "A title has up to 200 characters.")
            : await CollectionFault.FindAsync(collectionIds, caller, conversations, cancellation);
}
