using System.Text.Json.Serialization;
using AiSaas.Core.Jobs;

namespace AiSaas.Core.Documents;

/// <summary>The payload of an <c>ingest</c> job.</summary>
public sealed record IngestJob(DocumentId Document)
{
    public static NewJob For(DocumentId document, JobId id) =>
        NewJob.Of(JobKind.Ingest, new IngestJob(document), IngestJobJson.Default.IngestJob) with { Id = id };
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(IngestJob))]
public sealed partial class IngestJobJson : JsonSerializerContext;
