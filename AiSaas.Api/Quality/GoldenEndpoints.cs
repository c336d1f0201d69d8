using System.Text;
using AiSaas.Api.Common;
using AiSaas.Api.Identity;
using AiSaas.Api.Retrieval;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Quality;
using AiSaas.Core.Chat;
using AiSaas.Core.Documents;
using AiSaas.Core.Quality;
using AiSaas.Core.Retrieval.Records;
using Microsoft.AspNetCore.Http.HttpResults;

namespace AiSaas.Api.Quality;

/// <summary>Golden questions of a collection, one by one and as a file.</summary>
internal static class GoldenEndpoints
{
    private const string JsonLines = "application/jsonl";

    public static void MapGolden(this RouteGroupBuilder quality)
    {
        var ofCollection = quality.MapGroup("/collections/{id}/questions");
        ofCollection.MapGet("", List);
        ofCollection.MapPost("", Add);
        ofCollection.MapGet("/export", Export);
        ofCollection.MapPost("/import", Import).Accepts<string>(JsonLines, "application/x-ndjson", "application/json", "text/plain");
        quality.MapPost("/questions/from", From);
        quality.MapGet("/questions/{id}", Read);
        quality.MapPut("/questions/{id}", Change);
        quality.MapDelete("/questions/{id}", Delete);
    }

    private static ProblemHttpResult NotFound() => Problems.NotFound("quality:question-not-found", "There is no such golden question.");

    private static async Task<Results<Ok<Page<GoldenQuestion>>, ProblemHttpResult>> List(
        string id, CurrentUser caller, GoldenQuestions questions, CancellationToken cancellation, string? tag = null, string? after = null)
    {
        GoldenQuestionId? cursor = GoldenQuestionId.TryParse(after, null, out var last) ? last : null;
        return after is not null && cursor is null
            ? Problems.Invalid("request:bad-cursor", "'after' is the 'next' of the page before.")
            : CollectionId.TryParse(id, null, out var collection)
                && await questions.ListAsync(caller.Tenant, collection, tag, cursor, cancellation) is { } page
                ? TypedResults.Ok(page)
                : QualityEndpoints.NoScope();
    }

    private static async Task<Results<Created<GoldenQuestion>, ProblemHttpResult>> Add(
        string id, GoldenQuestionBody body, CurrentUser caller, GoldenQuestions questions, CancellationToken cancellation) =>
        !CollectionId.TryParse(id, null, out var collection) ? QualityEndpoints.NoScope()
        : GoldenRules.Fault(body) is { } fault ? Bad(fault)
        : Created(await questions.AddAsync(caller.Tenant, collection, caller.User, body, cancellation), QualityEndpoints.NoScope());

    private static async Task<Results<Created<GoldenQuestion>, ProblemHttpResult>> From(
        GoldenQuestionFrom from, CurrentUser caller, GoldenSources sources, CancellationToken cancellation)
    {
        if (from is { QueryId: { } query, Ranks: { Count: > 0 and <= GoldenRules.MostExpectations } ranks, MessageId: null })
        {
            var outcome = await sources.FromQueryAsync(
                caller.Tenant, caller.User, QueryEndpoints.Own(caller), QueryRecordId.From(query), [.. ranks], from.Tags, cancellation);
            return Created(outcome, Problems.NotFound("retrieval:query-not-found", "There is no such record of a search, or it has no such hits."));
        }

        if (from is { MessageId: { } message, Citation: { } citation, QueryId: null })
        {
            var outcome = await sources.FromAnswerAsync(caller.Tenant, caller.User, MessageId.From(message), citation, from.Tags, cancellation);
            return Created(outcome, Problems.NotFound("messages:not-found", "There is no such answer, or it has no such citation."));
        }

        return Bad("Name a record of a search (queryId) with the ranks of its right hits, or an answer (messageId) with its right citation.");
    }

    private static async Task<Results<Ok<GoldenQuestion>, ProblemHttpResult>> Read(
        string id, CurrentUser caller, GoldenQuestions questions, CancellationToken cancellation) =>
        GoldenQuestionId.TryParse(id, null, out var question) && await questions.FindAsync(caller.Tenant, question, cancellation) is { } found
            ? TypedResults.Ok(found)
            : NotFound();

    private static async Task<Results<Ok<GoldenQuestion>, ProblemHttpResult>> Change(
        string id, GoldenQuestionBody body, CurrentUser caller, GoldenQuestions questions, CancellationToken cancellation)
    {
        if (!GoldenQuestionId.TryParse(id, null, out var question) || await questions.FindAsync(caller.Tenant, question, cancellation) is null)
        {
            return NotFound();
        }

        if (GoldenRules.Fault(body) is { } fault)
        {
            return Bad(fault);
        }

        var outcome = await questions.ChangeAsync(caller.Tenant, question, body, cancellation);
        return outcome is GoldenOutcome.Done(var changed) ? TypedResults.Ok(changed) : Refuse(outcome, NotFound());
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string id, CurrentUser caller, GoldenQuestions questions, CancellationToken cancellation) =>
        GoldenQuestionId.TryParse(id, null, out var question) && await questions.DeleteAsync(caller.Tenant, question, cancellation)
            ? TypedResults.NoContent()
            : NotFound();

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Export(
        string id, CurrentUser caller, GoldenQuestions questions, CancellationToken cancellation) =>
        CollectionId.TryParse(id, null, out var collection) && await questions.AllAsync(caller.Tenant, collection, cancellation) is { } all
            ? TypedResults.File(all.SelectMany(GoldenFile.Write).ToArray(), JsonLines, $"golden-questions-{collection}.jsonl")
            : QualityEndpoints.NoScope();

    private static async Task<Results<Ok<GoldenImport>, ProblemHttpResult>> Import(
        string id, HttpRequest request, CurrentUser caller, GoldenFile file, CancellationToken cancellation)
    {
        if (!CollectionId.TryParse(id, null, out var collection))
        {
            return QualityEndpoints.NoScope();
        }

        if (await LinesAsync(request, cancellation) is not { } lines)
        {
            return Problems.Of(
                StatusCodes.Status413PayloadTooLarge, "quality:too-large", $"A file of golden questions has up to {GoldenFile.MostBytes >> 20} MB.", "Too large");
        }

        return lines.Contains('\0', StringComparison.Ordinal) ? Bad("A file of golden questions is UTF-8 text, one JSON object a line.")
            : await file.ReadAsync(caller.Tenant, collection, caller.User, lines, cancellation) is { } imported ? TypedResults.Ok(imported)
            : QualityEndpoints.NoScope();
    }

    // Null when there is more than may be. The length that a client states is its own business.
    private static async Task<string?> LinesAsync(HttpRequest request, CancellationToken cancellation)
    {
        using MemoryStream bytes = new();
        byte[] buffer = new byte[64 * 1024];
        while (await request.Body.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            if (bytes.Length + read > GoldenFile.MostBytes)
            {
                return null;
            }

            bytes.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length).TrimStart('\uFEFF');
    }

    private static Results<Created<GoldenQuestion>, ProblemHttpResult> Created(GoldenOutcome outcome, ProblemHttpResult notFound) =>
        outcome is GoldenOutcome.Done(var made) ? TypedResults.Created($"/api/quality/questions/{made.Id}", made) : Refuse(outcome, notFound);

    private static ProblemHttpResult Refuse(GoldenOutcome outcome, ProblemHttpResult notFound) => outcome switch
    {
        GoldenOutcome.Stale(var version) => Problems.Conflict(
            "quality:stale", $"Somebody else changed this question meanwhile: it is at version {version}. Read it again, then change it."),
        GoldenOutcome.Full => Problems.Conflict("quality:full", $"A collection has up to {GoldenRules.MostQuestions:N0} golden questions."),
        GoldenOutcome.Twice => Problems.Conflict("quality:twice", "The collection has a golden question of these words already."),
        GoldenOutcome.Refused(var reason) => Bad(reason),
        _ => notFound,
    };

    private static ProblemHttpResult Bad(string fault) => Problems.Invalid("quality:bad-question", fault);
}
