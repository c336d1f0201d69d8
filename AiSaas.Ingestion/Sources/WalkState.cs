using AiSaas.Core.Documents;
using AiSaas.Core.Identity;
using AiSaas.Core.Sources;

namespace AiSaas.Ingestion.Sources;

/// <summary>A source as a job finds it.</summary>
/// <param name="Site">The origin whose pages are taken.</param>
/// <param name="Robots">robots.txt of <paramref name="RobotsOf"/>, as this walk has read it; null where it has not.</param>
internal sealed record WalkState(
    SourceId Id, CollectionId Collection, Uri Url, int Depth, int MaxPages, int Walk, Uri Site, string? Robots, string? RobotsOf,
    UserId? By)
{
    /// <summary>A person named this one page; what a crawler finds by itself, it asks for leave.</summary>
    public bool IsCrawl => Depth > 0;
}

/// <summary>A page whose turn it is.</summary>
/// <param name="Attempts">Those before this one in this walk.</param>
internal sealed record DuePage(
    Guid Id, Uri Url, int Depth, int Attempts, string? ETag, string? LastModified, byte[]? Sha256, DocumentId? Document)
{
    public bool IsStart => Depth == 0;
}

/// <summary>The source was deleted meanwhile: whatever is still to be written has no place any more.</summary>
internal sealed class SourceGoneException() : Exception("The source is gone.");
