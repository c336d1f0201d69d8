using System.Text.Json.Serialization;
using AiSaas.Contracts.Chat;

namespace AiSaas.Core.Runs.Parts;

/// <summary>A part of an answer's stream, in the shapes of the AI SDK's UI message stream, version 1. <c>docs/streams.md</c> lists them.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StartPart), "start")]
[JsonDerivedType(typeof(StartStepPart), "start-step")]
[JsonDerivedType(typeof(FinishStepPart), "finish-step")]
[JsonDerivedType(typeof(ResetStepPart), "reset-step")]
[JsonDerivedType(typeof(StagePart), "data-stage")]
[JsonDerivedType(typeof(SourceDocumentPart), "source-document")]
[JsonDerivedType(typeof(TextStartPart), "text-start")]
[JsonDerivedType(typeof(TextDeltaPart), "text-delta")]
[JsonDerivedType(typeof(TextEndPart), "text-end")]
[JsonDerivedType(typeof(ReasoningStartPart), "reasoning-start")]
[JsonDerivedType(typeof(ReasoningDeltaPart), "reasoning-delta")]
[JsonDerivedType(typeof(ReasoningEndPart), "reasoning-end")]
[JsonDerivedType(typeof(CitationPart), "data-citation")]
[JsonDerivedType(typeof(GroundingPart), "data-grounding")]
[JsonDerivedType(typeof(TitlePart), "data-title")]
[JsonDerivedType(typeof(MetadataPart), "message-metadata")]
[JsonDerivedType(typeof(ErrorPart), "error")]
[JsonDerivedType(typeof(AbortPart), "abort")]
[JsonDerivedType(typeof(FinishPart), "finish")]
public abstract record StreamPart;

public sealed record StartPart(Guid MessageId) : StreamPart;

/// <summary>Opens one attempt at the answer.</summary>
public sealed record StartStepPart : StreamPart;

public sealed record FinishStepPart : StreamPart;

/// <summary>The attempt broke off: drop what the step wrote; it starts again.</summary>
/// <param name="Reason">In words, for people.</param>
public sealed record ResetStepPart(string Reason) : StreamPart
{
    internal static readonly ResetStepPart Interrupted = new("Whoever wrote this was interrupted; the answer starts again.");

    internal static readonly ResetStepPart LogLost = new("The live stream was lost on the way; this is the same answer, sent again.");
}

/// <summary>What is being done, in words; each replaces the one before.</summary>
public sealed record StagePart(StageData Data, string Id = "stage") : StreamPart;

/// <param name="Stage">queued, searching, reading, writing, retrying or done.</param>
public sealed record StageData(string Stage, string Text, double? Ms = null, int? Passages = null);

/// <summary>A passage that was read for the answer.</summary>
public sealed record SourceDocumentPart(
    string SourceId, string MediaType, string Title, string Filename, SourceMetadata ProviderMetadata) : StreamPart;

public sealed record SourceMetadata(SourcePassage Aisaas);

/// <param name="Number">What <c>[n]</c> in the text refers to.</param>
/// <param name="Start">Offset into the page's text, in UTF-16 code units.</param>
public sealed record SourcePassage(
    int Number, Guid DocumentId, Guid CollectionId, Guid ChunkId, string DocumentName, string? Section, int Page,
    int Start, int End, string Text, double Score);

public sealed record TextStartPart(string Id) : StreamPart;

public sealed record TextDeltaPart(string Id, string Delta) : StreamPart;

public sealed record TextEndPart(string Id) : StreamPart;

public sealed record ReasoningStartPart(string Id) : StreamPart;

public sealed record ReasoningDeltaPart(string Id, string Delta) : StreamPart;

public sealed record ReasoningEndPart(string Id) : StreamPart;

/// <summary>A citation that has been checked.</summary>
public sealed record CitationPart(string Id, Citation Data) : StreamPart
{
    /// <param name="citation">Checked.</param>
    /// <param name="index">Its place among the answer's citations: one number may be cited for several quotes.</param>
    public static CitationPart Of(Citation citation, int index) => new($"c{index}", citation);
}

/// <summary>How far the answer, now whole, rests on its sources.</summary>
public sealed record GroundingPart(AnswerGrounding Data, string Id = "grounding") : StreamPart;

public sealed record TitlePart(TitleData Data, string Id = "title") : StreamPart;

public sealed record TitleData(string Title);

public sealed record MetadataPart(MessageMetadata MessageMetadata) : StreamPart;

/// <param name="Cost">USD with nine places; null where no price is known.</param>
public sealed record MessageMetadata(
    string? Model, string? Provider, bool? Answered, AnswerUsage? Usage, string? Cost, AnswerTimings? Timings, IReadOnlyList<ModelAttempt>? Attempts);

/// <summary>The answer failed, in words. <see cref="FinishPart"/> follows.</summary>
public sealed record ErrorPart(string ErrorText, string Code) : StreamPart;

/// <summary>Stopped by the user. <see cref="FinishPart"/> follows.</summary>
public sealed record AbortPart : StreamPart;

/// <summary>The last part of every run.</summary>
public sealed record FinishPart : StreamPart;
