using AiSaas.Core.Documents;
using AiSaas.Core.Retrieval;

namespace AiSaas.Core.Quality;

/// <summary>Where an expectation stands in the documents as they are now.</summary>
/// <param name="Page">Null for anywhere in the document.</param>
/// <param name="Start">Null, with <paramref name="End"/>, for anywhere on the page.</param>
public sealed record Place(DocumentId Document, int? Page = null, int? Start = null, int? End = null)
{
    /// <summary>Of the shorter of the two: a passage holds a place when they share at least half of it.</summary>
    private const double Share = 0.5;

    public bool IsIn(Passage passage)
    {
        ArgumentNullException.ThrowIfNull(passage);
        if (passage.DocumentId != Document || (Page is { } page && page != passage.Page))
        {
            return false;
        }

        return Start is not { } start || End is not { } end
            || Math.Min(end, passage.End) - Math.Max(start, passage.Start) >= Share * Math.Min(end - start, passage.End - passage.Start);
    }
}

/// <summary>A question with the places of its expectations.</summary>
/// <param name="Expected">Each expectation's places: a quote may stand in several. Expectations without any are left out.</param>
/// <param name="Missing">Expectations that stand nowhere any more.</param>
public sealed record PlacedQuestion(
    GoldenQuestionId Id, int Version, string Question, CollectionId Collection, IReadOnlyList<IReadOnlyList<Place>> Expected, int Missing)
{
    /// <summary>The expectations, by number, that a passage holds.</summary>
    public IReadOnlyCollection<int> HeldBy(Passage passage) =>
        [.. Enumerable.Range(0, Expected.Count).Where(number => Expected[number].Any(place => place.IsIn(passage)))];
}
