using System.Threading.Channels;
using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Core.Persistence;
using AiSaas.Ingestion.Chunking;
using AiSaas.Ingestion.Parsing;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Documents;

/// <summary>Original → pages and passages.</summary>
/// <remarks>
/// <code>
/// parser ─batches of pages▶ chunker ─the same with their passages▶ one transaction a batch
/// </code>
/// The three run side by side, and no more than a few batches are in memory, whatever the document's length. The last batch is
/// written together with the checkpoint, so that a short document costs one transaction.
/// </remarks>
internal sealed class ReadStage(
    IFileStore files, IEnumerable<IDocumentParser> parsers, Staging staging, ChunkStage chunks, ReadingDigest reading, Pace pace,
    IOptions<IngestionOptions> options, TimeProvider time)
{
    private const double Share = 0.3;
    private const int PagesPerBatch = 200;
    private const int CharactersPerBatch = 512 << 10;
    private const int Waiting = 2;
    private const int LongestTitle = 300;

    public async Task<StagedDocument> RunAsync(JobContext job, StagedDocument document, CancellationToken cancellation)
    {
        var parser = parsers.FirstOrDefault(candidate => candidate.ContentTypes.Contains(document.ContentType))
            ?? throw new DocumentFaultException(
                "documents:unsupported", $"AiSaas reads {DocumentFormats.Readable}; this file is {document.ContentType}.");
        using ScratchFile scratch = new(options.Value.ScratchFolder);
        await CopyAsync(job, document, scratch, cancellation);

        ParserInput input = new(scratch.Path, document.Name) { Charset = document.Charset };
        var parsed = Channel.CreateBounded<PageBatch>(Waiting);
        var cut = Channel.CreateBounded<PageBatch>(Waiting);
        StagedDocument? read = null;
        await Together.RunAsync(
            cancellation,
            token => ParseAsync(parser, input, parsed.Writer, token),
            token => CutAsync(document, parsed.Reader, cut.Writer, token),
            async token => read = await WriteAsync(job, document, input, cut.Reader, token));
        return read!;
    }

    private async Task CopyAsync(JobContext job, StagedDocument document, ScratchFile scratch, CancellationToken cancellation)
    {
        await using var original = await files.OpenAsync(job.Tenant, document.Id, cancellation)
            ?? throw new DocumentGoneException();
        await using var copy = File.Create(scratch.Path);
        await original.CopyToAsync(copy, 1 << 20, cancellation);
    }

    private static async Task ParseAsync(IDocumentParser parser, ParserInput input, ChannelWriter<PageBatch> parsed, CancellationToken cancellation)
    {
        List<ParsedPage> pages = [];
        int characters = 0;
        await foreach (var page in parser.ParseAsync(input, cancellation))
        {
            pages.Add(page);
            characters += page.Text.Length;
            if (pages.Count >= PagesPerBatch || characters >= CharactersPerBatch)
            {
                await parsed.WriteAsync(new(pages, input.Title, input.Fraction), cancellation);
                pages = [];
                characters = 0;
            }
        }

        await parsed.WriteAsync(new(pages, input.Title, 1) { IsLast = true }, cancellation);
        parsed.Complete();
    }

    private async Task CutAsync(
        StagedDocument document, ChannelReader<PageBatch> parsed, ChannelWriter<PageBatch> cut, CancellationToken cancellation)
    {
        Chunker? chunker = null;
        string heading = "";
        int count = 0;
        await foreach (var batch in parsed.ReadAllAsync(cancellation))
        {
            chunker ??= chunks.Open(heading = Titled(document, batch.Title).Heading);
            List<TextChunk> passages = [];
            foreach (var page in batch.Pages)
            {
                cancellation.ThrowIfCancellationRequested();
                passages.AddRange(chunker.Next(page.Number, page.Text, page.Blocks, page.Openings));
            }

            if (batch.IsLast)
            {
                passages.AddRange(chunker.End());
            }

            chunks.Check(count += passages.Count);
            await cut.WriteAsync(batch with { Passages = passages, Heading = heading }, cancellation);
        }

        cut.Complete();
    }

    private async Task<StagedDocument> WriteAsync(
        JobContext job, StagedDocument document, ParserInput input, ChannelReader<PageBatch> cut, CancellationToken cancellation)
    {
        long started = time.GetTimestamp();
        int pages = 0, passages = 0, missing = 0;
        PageBatch? held = null;
        await foreach (var batch in cut.ReadAllAsync(cancellation))
        {
            if (held is not null)
            {
                Step step = new("parsing", Share * held.Fraction, pace.Reading(held.Fraction, time.GetElapsedTime(started), missing));
                await staging.StepAsync(
                    job, document, step,
                    async (work, token) => missing += await InsertAsync(work, document, held, token), cancellation);
            }

            pages += batch.Pages.Count;
            passages += batch.Passages.Count;
            held = batch;
        }

        // A title that the parser learned late stands in front of every passage: they are cut once more, from the pages.
        var titled = Titled(document, input.Title);
        bool isCut = held!.Heading == titled.Heading;
        if (isCut && passages == 0)
        {
            throw DocumentFaultException.NoText("The document contains no text.");
        }

        string whole = isCut ? "chunking" : "parsing";
        Findings findings = new(titled.Title, input.Notice, pages, isCut ? passages : null, reading.Of(document));
        await staging.CheckpointAsync(
            job, document, whole, new Step(isCut ? "embedding" : "chunking", isCut ? Share : Share / 2, null), findings, cancellation,
            async (work, token) =>
            {
                missing += await InsertAsync(work, document, held, token);
                if (!isCut)
                {
                    await ChunkStage.ClearAsync(work, document, token);
                }
            });
        return titled with { Whole = whole, Pages = pages, Passages = isCut ? (passages, missing) : null };
    }

    private async Task<int> InsertAsync(TenantWork work, StagedDocument document, PageBatch batch, CancellationToken cancellation)
    {
        await InsertPagesAsync(work, document, batch.Pages, cancellation);
        return await chunks.InsertAsync(work, document, batch.Passages, cancellation);
    }

    // COPY knows no row-level security; arrays are nearly as fast.
    private static async Task InsertPagesAsync(TenantWork work, StagedDocument document, List<ParsedPage> batch, CancellationToken cancellation) =>
        await work.ExecuteAsync(
            """
            insert into document_pages (tenant_id, document_id, version, number, width, height, text, layout)
            select $1, $2, $3, * from unnest($4::int[], $5::real[], $6::real[], $7::text[], $8::bytea[])
            """,
            cancellation, work.Tenant, document.Id, document.Version, batch.Select(page => page.Number).ToArray(),
            batch.Select(page => (float)page.Width).ToArray(), batch.Select(page => (float)page.Height).ToArray(),
            batch.Select(page => page.Text).ToArray(), batch.Select(page => PageLayout.Pack(page.Blocks, page.Boxes, page.Openings)).ToArray());

    private static StagedDocument Titled(StagedDocument document, string? title) => document with
    {
        Title = title is { Length: > LongestTitle } ? title[..TextCuts.Before(title, 0, LongestTitle)].TrimEnd() : title ?? document.Title,
    };

    /// <param name="Title">As far as the parser knew it.</param>
    /// <param name="Fraction">How much of the document has been read with it, 0 to 1.</param>
    private sealed record PageBatch(List<ParsedPage> Pages, string? Title, double Fraction)
    {
        public bool IsLast { get; init; }

        public IReadOnlyList<TextChunk> Passages { get; init; } = [];

        /// <summary>What stands in front of the passages.</summary>
        public string Heading { get; init; } = "";
    }
}
