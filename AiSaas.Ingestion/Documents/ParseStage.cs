using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Ingestion.Parsing;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Documents;

/// <summary>Original → pages. Holds a batch of pages, whatever the document's length.</summary>
internal sealed class ParseStage(IFileStore files, IEnumerable<IDocumentParser> parsers, Staging staging, IOptions<IngestionOptions> options)
{
    private const double Share = 0.2;
    private const int PagesPerWrite = 64;
    private const int CharactersPerWrite = 256 << 10;

    public async Task<StagedDocument> RunAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        var parser = parsers.FirstOrDefault(candidate => candidate.ContentTypes.Contains(document.ContentType))
            ?? throw new DocumentFaultException(
                "documents:unsupported", $"AiSaas reads {DocumentFormats.Readable}; this file is {document.ContentType}.");
        using ScratchFile scratch = new(options.Value.ScratchFolder);
        await CopyAsync(job, document, scratch, cancellation);

        ParserInput input = new(scratch.Path, document.Name);
        List<ParsedPage> batch = [];
        int pages = 0, characters = 0;
        await foreach (var page in parser.ParseAsync(input, cancellation))
        {
            batch.Add(page);
            pages++;
            characters += page.Text.Length;
            if (batch.Count >= PagesPerWrite || characters >= CharactersPerWrite)
            {
                await WriteAsync(job, document, input.Fraction, batch, cancellation);
                batch.Clear();
                characters = 0;
            }
        }

        await WriteAsync(job, document, 1, batch, cancellation);
        string? title = input.Title is { Length: > 300 } lengthy ? lengthy[..TextCuts.Before(lengthy, 0, 300)].TrimEnd() : input.Title;
        await staging.CheckpointAsync(
            job, document, "parsing", new Step("chunking", Share, null), new Findings(title, input.Notice, pages), cancellation);
        return document with { Title = title ?? document.Title, Whole = "parsing", Pages = pages };
    }

    private async Task CopyAsync(JobContext job, StagedDocument document, ScratchFile scratch, CancellationToken cancellation)
    {
        await using var original = await files.OpenAsync(job.Tenant, document.Id, cancellation)
            ?? throw new DocumentGoneException();
        await using var copy = File.Create(scratch.Path);
        await original.CopyToAsync(copy, 1 << 20, cancellation);
    }

    private Task WriteAsync(JobContext job, StagedDocument document, double fraction, List<ParsedPage> batch, CancellationToken cancellation) =>
        staging.StepAsync(
            job, document, new Step("parsing", Share * fraction, null),
            (work, token) => InsertAsync(work, document, batch, token), cancellation);

    // COPY knows no row-level security; arrays are nearly as fast.
    private static Task<int> InsertAsync(TenantWork work, StagedDocument document, List<ParsedPage> batch, CancellationToken cancellation) =>
        work.ExecuteAsync(
            """
            insert into document_pages (tenant_id, document_id, version, number, width, height, text, layout)
            select $1, $2, $3, * from unnest($4::int[], $5::real[], $6::real[], $7::text[], $8::bytea[])
            """,
            cancellation, work.Tenant, document.Id, document.Version, batch.Select(page => page.Number).ToArray(),
            batch.Select(page => (float)page.Width).ToArray(), batch.Select(page => (float)page.Height).ToArray(),
            batch.Select(page => page.Text).ToArray(), batch.Select(page => PageLayout.Pack(page.Blocks, page.Boxes, page.Openings)).ToArray());
}
