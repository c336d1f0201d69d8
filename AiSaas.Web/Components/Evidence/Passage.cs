using AiSaas.Contracts.Chat;

namespace AiSaas.Web.Components.Evidence;

/// <summary>A piece of a document that an answer cites or that was read for it.</summary>
/// <param name="Key">Joins the card to its marks in the text; null for passages that it doesn't cite.</param>
/// <param name="Number">As the text cites it; null for passages that it doesn't.</param>
/// <param name="Text">The quote of a citation, the whole passage otherwise.</param>
/// <param name="Verdict">Of a citation; null where there is nothing to check.</param>
public sealed record Passage(
    string? Key, int? Number, Guid DocumentId, string DocumentName, string? Section, int Page, int Start, int End, string Text, string? Verdict)
{
    /// <summary>Somebody edited the passage that was read.</summary>
    public bool Edited { get; init; }

    /// <param name="cited">A citation of the answer.</param>
    /// <param name="index">Its place among the answer's citations.</param>
    public static Passage Of(Citation cited, int index) => new(
        KeyOf(index), cited.Number, cited.DocumentId, cited.DocumentName, cited.Section, cited.Page, cited.Start, cited.End, cited.Quote, cited.Verdict)
    {
        Edited = cited.Edited == true,
    };

    public static Passage Of(FoundPassage found) => new(
        null, null, found.DocumentId, found.DocumentName, found.Section, found.Page, found.Start, found.End, found.Text, null);

    public static string KeyOf(int index) => FormattableString.Invariant($"c{index}");
}
