using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Ingestion.Parsing;
using AiSaas.Ingestion.Unpacking;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Documents;

/// <summary>One attempt at making a document findable.</summary>
/// <remarks>
/// <code>
/// original ─read▶ pages and passages ─checkpoint─ embed▶ vectors, by batches ─publish▶ ready
///    └─ reuse▶ the same from a document that has the same bytes
/// </code>
/// All of it is written as a staged version that nobody sees, until one transaction makes it the document's version. A very
/// long document is indexed by slices first, so that this transaction is short, and is published before it is embedded: found by its
/// words at once, by meaning as vectors come.
/// Whatever stops an attempt, the next one starts at the last checkpoint and ends with the same rows.
/// </remarks>
internal sealed partial class IngestDocument(
    Staging staging, UnpackStage unpack, KeptSpace space, ReuseStage reuse, ReadStage read, ChunkStage chunk, EmbedStage embed, IndexStage index,
    IOptions<IngestionOptions> options, ILogger<IngestDocument> logger)
    : IJobHandler
{
    public async Task<JobOutcome> RunAsync(JobContext context, CancellationToken cancellation)
    {
        var id = context.Read(IngestJobJson.Default.IngestJob).Document;
        try
        {
            return await IngestAsync(context, id, cancellation);
        }
        catch (DocumentGoneException)
        {
            return new JobOutcome.Canceled();
        }
        catch (DocumentFaultException fault)
        {
            Log.Refused(logger, id, fault.Failure.Code);
            return await DropAsync(context, id, fault, cancellation);
        }
    }

    private async Task<JobOutcome> IngestAsync(JobContext context, DocumentId id, CancellationToken cancellation)
    {
        var document = await staging.BeginAsync(context, id, cancellation);
        if (await unpack.RunAsync(context, document, cancellation) is { } ended)
        {
            return ended;
        }

        document = document with { Space = await space.OfAsync(context.Tenant, cancellation) };
        if (document.Whole is { } whole)
        {
            context.Log($"Goes on after {whole}, which an earlier attempt has done.");
        }
        else if (await reuse.RunAsync(context, document, cancellation) is { } reused)
        {
            document = reused;
            context.Log(FormattableString.Invariant($"Took {document.Pages} pages from a document with the same content."));
        }
        else
        {
            document = await read.RunAsync(context, document, cancellation);
            context.Log(FormattableString.Invariant($"Read {document.Pages} pages of {document.ContentType}."));
        }

        if (document.Whole == "parsing")
        {
            document = await chunk.RunAsync(context, document, cancellation);
        }

        // What people changed of the version before may have been taken over: that is counted anew.
        var (chunks, missing) = document is { Version: 1, Passages: { } written } ? written : await embed.CountAsync(context, document, cancellation);
        context.Log(FormattableString.Invariant($"It has {chunks} passages; {missing} of them need vectors."));
        if (!document.IsPublished && missing > 0 && chunks > options.Value.EmbedBeforeReady)
        {
            document = await index.RunAsync(context, document, chunks, cancellation);
            await staging.PublishAsync(context, document, new Step("embedding", 0.3, null), cancellation);
            document = document with { IsPublished = true };
            context.Log("It is found by its words; vectors follow.");
        }

        if (missing > 0 && !await embed.RunAsync(context, document, chunks, missing, cancellation))
        {
            return new JobOutcome.Yielded();
        }

        if (!document.IsPublished)
        {
            document = await index.RunAsync(context, document, chunks, cancellation);
        }

        await staging.FinishAsync(context, document, cancellation);
        return JobOutcome.Done;
    }

    private async Task<JobOutcome> DropAsync(
        JobContext context, DocumentId id, DocumentFaultException fault, CancellationToken cancellation)
    {
        try
        {
            await staging.DropAsync(context, id, cancellation);
            return new JobOutcome.Failed(fault.Failure);
        }
        catch (DocumentGoneException)
        {
            return new JobOutcome.Canceled();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Document {Document} can't be read: {Code}")]
        public static partial void Refused(ILogger logger, DocumentId document, string code);
    }
}
