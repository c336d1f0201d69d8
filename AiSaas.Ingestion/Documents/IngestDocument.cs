using AiSaas.Core.Documents;
using AiSaas.Core.Jobs;
using AiSaas.Ingestion.Parsing;
using AiSaas.Ingestion.Unpacking;
using Microsoft.Extensions.Options;

namespace AiSaas.Ingestion.Documents;

/// <summary>One attempt at making a document findable.</summary>
/// <remarks>
/// <code>
/// original ─parse▶ pages ─checkpoint─ chunk▶ passages ─checkpoint─ embed▶ vectors, by batches ─publish▶ ready
/// </code>
/// All of it is written as a staged version that nobody sees, until one transaction makes it the document's version. A very
/// long document is published before it is embedded: found by its words at once, by meaning as vectors come.
/// Whatever stops an attempt, the next one starts at the last checkpoint and ends with the same rows.
/// </remarks>
internal sealed partial class IngestDocument(
    Staging staging, UnpackStage unpack, ParseStage parse, ChunkStage chunk, EmbedStage embed, IOptions<IngestionOptions> options, ILogger<IngestDocument> logger)
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

        if (document.Whole is { } whole)
        {
            context.Log($"Goes on after {whole}, which an earlier attempt has done.");
        }
        else
        {
            document = await parse.RunAsync(context, document, cancellation);
            context.Log(FormattableString.Invariant($"Read {document.Pages} pages of {document.ContentType}."));
        }

        if (document.Whole == "parsing")
        {
            document = await chunk.RunAsync(context, document, cancellation);
        }

        var (chunks, missing) = await embed.CountAsync(context, document, cancellation);
        context.Log(FormattableString.Invariant($"It has {chunks} passages; {missing} of them need vectors."));
        if (!document.IsPublished && missing > 0 && chunks > options.Value.EmbedBeforeReady)
        {
            await staging.PublishAsync(context, document, new Step("embedding", 0.3, null), cancellation);
            document = document with { IsPublished = true };
            context.Log("It is found by its words; vectors follow.");
        }

        await embed.RunAsync(context, document, cancellation);
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
