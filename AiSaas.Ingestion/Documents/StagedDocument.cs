using AiSaas.Core.Documents;
using AiSaas.Core.Identity;

namespace AiSaas.Ingestion.Documents;

/// <summary>A document as an attempt finds it.</summary>
/// <param name="Version">The version that this attempt writes.</param>
/// <param name="Whole">The last stage of that version that is whole: null, <c>parsing</c> or <c>chunking</c>.</param>
/// <param name="IsPublished">True where search sees that version already, and only vectors are missing.</param>
/// <param name="Charset">As the server named it that it was fetched from; null where none did.</param>
/// <param name="By">Who brought it; null where that person is gone.</param>
internal sealed record StagedDocument(
    DocumentId Id, CollectionId Collection, string Name, string ContentType, string? Title, long Version, string? Whole,
    bool IsPublished, int Pages, UserId? By, string? Charset = null)
{
    /// <summary>The space whose earlier vectors are taken for its passages; null for none.</summary>
    public string? Space { get; init; }

    /// <summary>How many passages it has and how many of them lack a vector, where this attempt has written them.</summary>
    public (int All, int Missing)? Passages { get; init; }

    /// <summary>True where all of it is in the index already, hidden.</summary>
    public bool IsIndexed { get; init; }

    /// <summary>What stands in front of every passage's section.</summary>
    public string Heading => string.IsNullOrWhiteSpace(Title) ? Path.GetFileNameWithoutExtension(Name) : Title;
}

/// <summary>The document was deleted, or another job took it over: whatever is still to be written has no place any more.</summary>
internal sealed class DocumentGoneException() : Exception("The document is gone.");
