using System.Globalization;
using System.Text.Json;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Contracts.Documents;
using AiSaas.Core.Documents;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Documents;

/// <summary>One chunk: what stands around it, who changed it, and changing it.</summary>
internal static class ChunkEndpoints
{
    public static void MapChunks(this RouteGroupBuilder api)
    {
        var chunks = api.MapGroup("/chunks").WithTags("Documents");
        chunks.MapGet("/{id}", Read);
        chunks.MapPatch("/{id}", Update);
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound(
        "chunks:not-found", "There is no such passage. Reading a document again gives its passages new ids.");

    private static async Task<Results<Ok<ChunkDetail>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, ChunkLibrary library, CancellationToken cancellation) =>
        ChunkId.TryParse(id, CultureInfo.InvariantCulture, out var chunk) && await library.FindAsync(caller.Tenant, chunk, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<Ok<DocumentChunk>, ProblemHttpResult>> Update(
        string id, UpdateChunkRequest request, CurrentUser caller, ChangeChunk change, CancellationToken cancellation)
    {
        if (!ChunkId.TryParse(id, CultureInfo.InvariantCulture, out var chunk))
        {
            return NotFound();
        }

        if (Fault(request.Text) is { } fault)
        {
            return fault;
        }

        ChunkUpdate update = new(
            request.Enabled, request.Text.ValueKind != JsonValueKind.Undefined,
            request.Text.ValueKind == JsonValueKind.String ? request.Text.GetString()!.ReplaceLineEndings("\n").Trim() : null, request.Revision);
        return await change.HandleAsync(caller.Tenant, caller.User, caller.Key, chunk, update, cancellation) switch
        {
            ChangeChunkOutcome.Changed(var changed) => TypedResults.Ok(changed),
            ChangeChunkOutcome.Outdated(var revision) => Problems.Conflict(
                "chunks:outdated", $"Somebody else has changed this passage meanwhile (revision {revision}). Look at it again, then repeat your change."),
            ChangeChunkOutcome.NotEmbedded(var code, var detail, var later) => Problems.Of(
                later ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status429TooManyRequests, code, detail, "The text was not changed"),
            _ => NotFound(),
        };
    }

    private static ProblemHttpResult? Fault(JsonElement text) => text.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => null,
        not JsonValueKind.String => Problems.Invalid("chunks:text", "The text is a string, or null to put the page's own back."),
        _ when text.GetString()! is var given && (string.IsNullOrWhiteSpace(given) || given.Contains('\0', StringComparison.Ordinal)) =>
            Problems.Invalid("chunks:empty", "A passage can't be empty. Disable it, and nothing finds it any more."),
        _ when text.GetString()!.Length > ChangeChunk.LongestText => Problems.Invalid(
            "chunks:too-long", $"A passage has up to {ChangeChunk.LongestText:N0} characters. What is longer would not be found well."),
        _ => null,
    };
}
