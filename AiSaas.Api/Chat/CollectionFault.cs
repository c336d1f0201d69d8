using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Chat;

/// <summary>Checks that a request names only collections that the caller's workspace has.</summary>
internal static class CollectionFault
{
    public static async Task<ProblemHttpResult?> FindAsync(
        IReadOnlyList<Guid>? ids, CurrentUser caller, Conversations conversations, CancellationToken cancellation)
    {
        if (ids is null || ids.Count == 0)
        {
            return null;
        }

        if (ids.Count > Conversations.MostCollections)
        {
            return Problems.Invalid("conversations:too-many-collections", $"Name up to {Conversations.MostCollections} collections, or none for all.");
        }

        var unknown = await conversations.UnknownCollectionsAsync(caller.Tenant, [.. ids.Select(id => new CollectionId(id))], cancellation);
        return unknown is [var first, ..]
            ? Problems.NotFound("collections:not-found", $"There is no collection {first}.")
            : null;
    }
}
