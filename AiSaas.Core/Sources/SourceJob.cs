using System.Text.Json.Serialization;
using AiSaas.Core.Jobs;

namespace AiSaas.Core.Sources;

/// <summary>The payload of <c>source</c> jobs, which see a walk through to its end, and of their children, which fetch some pages each.</summary>
public sealed record SourceJob(SourceId Source)
{
    // A walk waits for its children and costs no attempt by that; one at a time of each source.
    internal static NewJob Walk(SourceId source, JobId id) =>
        NewJob.Of(JobKind.Source, new SourceJob(source), SourceJobJson.Default.SourceJob) with { Id = id, DedupeKey = source.ToString() };

    public static NewJob Pages(SourceId source) => NewJob.Of(JobKind.SourcePages, new SourceJob(source), SourceJobJson.Default.SourceJob);
}

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SourceJob))]
public sealed partial class SourceJobJson : JsonSerializerContext;
