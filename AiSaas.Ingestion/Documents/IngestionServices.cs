using AiSaas.Core.Jobs;
using AiSaas.Ingestion.Chunking;
using AiSaas.Ingestion.Parsing;
using AiSaas.Ingestion.Parsing.Formats;
using AiSaas.Ingestion.Parsing.Formats.Mail;
using AiSaas.Ingestion.Parsing.Pdf;
using AiSaas.Ingestion.Unpacking;
using AiSaas.Ingestion.Uploads;

namespace AiSaas.Ingestion.Documents;

internal static class IngestionServices
{
    /// <summary>The handler of <c>ingest</c> jobs with its parsers. Needs persistence, Redis, jobs, documents, models.</summary>
    public static IHostApplicationBuilder AddDocumentIngestion(this IHostApplicationBuilder builder)
    {
        AddOptions<IngestionOptions>(builder, IngestionOptions.Section);
        AddOptions<ChunkingOptions>(builder, ChunkingOptions.Section);
        AddOptions<ParsingOptions>(builder, ParsingOptions.Section)
            .PostConfigure(options => options.ToolsBin ??= builder.Configuration["AISAAS_TOOLS_BIN"]);

        var services = builder.Services;
        services.AddSingleton<PdfTool>();
        services.AddSingleton<ScanReader>();
        services.AddSingleton<PlainTextParser>();
        services.AddSingleton<IDocumentParser>(provider => provider.GetRequiredService<PlainTextParser>());
        services.AddSingleton<IDocumentParser, PdfParser>();
        services.AddSingleton<IDocumentParser, DocxParser>();
        services.AddSingleton<IDocumentParser, PptxParser>();
        services.AddSingleton<IDocumentParser, XlsxParser>();
        services.AddSingleton<IDocumentParser, EpubParser>();
        services.AddSingleton<IDocumentParser, CsvParser>();
        services.AddSingleton<IDocumentParser, JsonParser>();
        services.AddSingleton<IDocumentParser, HtmlDocumentParser>();
        services.AddSingleton<IDocumentParser, MarkdownDocumentParser>();
        services.AddUnpacking();
        services.AddHostedService<UploadExpiry>();
        services.AddSingleton<IDocumentParser, MailParser>();
        services.AddSingleton<Staging>();
        services.AddSingleton<ReadingDigest>();
        services.AddSingleton<Pace>();
        services.AddSingleton<KeptSpace>();
        services.AddSingleton<ReuseStage>();
        services.AddSingleton<ReadStage>();
        services.AddSingleton<ChunkStage>();
        services.AddSingleton<EmbedStage>();
        services.AddSingleton<IndexStage>();
        services.AddHostedService<IngestionExpiry>();
        services.AddJobHandler<IngestDocument>(JobKind.Ingest);
        return builder;
    }

    private static Microsoft.Extensions.Options.OptionsBuilder<T> AddOptions<T>(IHostApplicationBuilder builder, string section)
        where T : class =>
        builder.Services.AddOptions<T>().BindConfiguration(section).ValidateDataAnnotations().ValidateOnStart();
}
