using System.Runtime.CompilerServices;
using System.Text;
using AiSaas.Contracts.Common;
using AiSaas.Contracts.Documents;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace AiSaas.Tests.Web.FakeApi;

public sealed partial class FakeApi
{
    /// <summary>How long a document takes from queued to ready.</summary>
    public TimeSpan IngestTime { get; set; } = TimeSpan.FromSeconds(4);

    private sealed record FakeDocument(
        Guid Id, Guid Collection, string Name, string ContentType, long Bytes, IReadOnlyList<string> Pages, byte[] Original, DateTimeOffset At);

    private void MapDocuments(RouteGroupBuilder api)
    {
        api.MapGet("/collections/{id:guid}/documents", (Guid id, HttpContext http, string? status) => WithCollection(http, id, (_, found) =>
            Results.Ok(new Page<DocumentInfo>(
                [.. found.Documents.Values.Reverse().Select(InfoOf).Where(document => status is null || document.Status == status)]))));
        api.MapPost("/documents/{id:guid}/retry", (Guid id, HttpContext http) => WithDocument(http, id, (collection, found) =>
        {
            collection.Documents[id] = found with { At = Now };
            return Results.Accepted();
        }));
        api.MapPost("/collections/{id:guid}/documents", UploadAsync);
        api.MapGet("/documents/{id:guid}", (Guid id, HttpContext http) => WithDocument(http, id, (_, found) => Results.Ok(InfoOf(found))));
        api.MapGet("/documents/{id:guid}/events", (Guid id, HttpContext http, CancellationToken cancellation) =>
            WithDocument(http, id, (_, found) => TypedResults.ServerSentEvents(WatchAsync(found, cancellation))));
        api.MapGet("/documents/{id:guid}/pages/{number:int}", (Guid id, int number, HttpContext http) => WithDocument(http, id, (_, found) =>
            number >= 1 && number <= found.Pages.Count ? Results.Ok(PageOf(found, number)) : NotFound("documents")));
        api.MapGet("/documents/{id:guid}/chunks", (Guid id, HttpContext http, int? page) => WithDocument(http, id, (_, found) =>
            Results.Ok(new Page<DocumentChunk>([.. ChunksOf(found).Where(chunk => page is null || chunk.Page == page)]))));
        api.MapGet("/documents/{id:guid}/file", (Guid id, HttpContext http) => WithDocument(http, id, (_, found) =>
            Results.Bytes(found.Original, found.ContentType, found.Name)));
        api.MapDelete("/documents/{id:guid}", (Guid id, HttpContext http) => WithDocument(http, id, (collection, found) =>
        {
            collection.Documents.Remove(id);
            return Results.Ok(new Deleted(ReceiptOf([found])));
        }));
    }

    private async Task<IResult> UploadAsync(Guid id, HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted);
        List<(IFormFile File, byte[] Bytes)> files = [];
        foreach (var file in form.Files)
        {
            using MemoryStream bytes = new();
            await file.CopyToAsync(bytes, http.RequestAborted);
            files.Add((file, bytes.ToArray()));
        }

        return WithCollection(http, id, (_, found) => Results.Json(
            new UploadAccepted([.. files.Select(file => Accept(found, file.File, file.Bytes))]), statusCode: StatusCodes.Status202Accepted));
    }

    private UploadedDocument Accept(FakeCollection collection, IFormFile file, byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        string[] pages = [.. text.Chunk(1_800).Select(piece => new string(piece))];
        FakeDocument made = new(NewId(), collection.Id, file.FileName, file.ContentType, bytes.Length, pages, bytes, Now);
        collection.Documents.Add(made.Id, made);
        var info = InfoOf(made);
        return new UploadedDocument(made.Id, made.Name, info.Error is null ? NewId() : null, info.Status, info.Error);
    }

    private IResult WithDocument(HttpContext http, Guid id, Func<FakeCollection, FakeDocument, IResult> answer) => WithAccount(http, account =>
        account.Current.Collections.Values.FirstOrDefault(collection => collection.Documents.ContainsKey(id)) is { } holder
            ? answer(holder, holder.Documents[id])
            : NotFound("documents"));

    private DocumentInfo InfoOf(FakeDocument document)
    {
        Failure? error = document.Bytes == 0
            ? new Failure("documents:empty", "This file is empty (0 bytes). Choose another one.")
            : document.Name.Contains("scan", StringComparison.OrdinalIgnoreCase)
                ? new Failure("documents:no-text", "This PDF is a scan and has no text yet. Text recognition isn't available here.")
                : null;
        double progress = Math.Clamp((Now - document.At) / IngestTime, 0, 1);
        bool failed = error is not null && (document.Bytes == 0 || progress > 0.4);
        string stage = failed ? "failed" : progress switch { < 0.1 => "queued", < 0.4 => "parsing", < 0.6 => "chunking", < 1 => "embedding", _ => "ready" };
        string status = stage switch { "failed" or "ready" or "queued" => stage, _ => "running" };
        int? eta = status == "running" ? (int)Math.Ceiling((1 - progress) * IngestTime.TotalSeconds) : null;
        return new DocumentInfo(
            document.Id, document.Collection, document.Name, document.ContentType, status, stage, failed ? 0.4 : progress, eta,
            progress > 0.4 && !failed ? document.Pages.Count : null, status == "ready" ? ChunksOf(document).Count : null, document.Bytes, null,
            failed ? error : null, document.Id, document.At, document.At + (progress * IngestTime), status == "ready" ? document.At + IngestTime : null);
    }

    private async IAsyncEnumerable<DocumentInfo> WatchAsync(FakeDocument document, [EnumeratorCancellation] CancellationToken cancellation)
    {
        while (true)
        {
            var info = InfoOf(document);
            yield return info;
            if (info.Status is "ready" or "failed")
            {
                yield break;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), _time, cancellation);
        }
    }

    // Twelve words a line, each line a box, as a parsed PDF would have them.
    private static DocumentPage PageOf(FakeDocument document, int number)
    {
        string text = document.Pages[number - 1];
        List<TextBox> boxes = [];
        double top = 72;
        int start = 0;
        foreach (string line in text.Split('\n'))
        {
            for (int at = 0; at < line.Length; at += 80)
            {
                int length = Math.Min(80, line.Length - at);
                boxes.Add(new TextBox(start + at, start + at + length, 72, top, length * 5.6, 12));
                top += 16;
            }

            start += line.Length + 1;
        }

        return new DocumentPage(document.Id, document.Name, number, document.Pages.Count, 595, 842, text, boxes);
    }

    private static IReadOnlyList<DocumentChunk> ChunksOf(FakeDocument document) =>
    [
        .. document.Pages.SelectMany((text, page) => text.Chunk(600).Select((piece, index) => (Page: page + 1, Start: index * 600, Text: new string(piece))))
            .Select((chunk, ordinal) => new DocumentChunk(
                new Guid(ordinal, 0, 0, document.Id.ToByteArray()[8..]), ordinal, chunk.Page, chunk.Start, chunk.Start + chunk.Text.Length, null, chunk.Text)),
    ];
}
