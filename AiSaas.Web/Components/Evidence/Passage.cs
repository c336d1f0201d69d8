using AiSaas.Contracts.Chat;

namespace AiSaas.Web.Components.Evidence;

/// <summary>A piece of a document that an answer cites or that was read for it.</summary>
/// <param name="Number">As the text cites it; null for passages that it doesn't.</param>
/// <param name="Text">The quote of a citation, the whole passage otherwise.</param>
/// <param name="Verdict">Of a citation; null where there is nothing to check.</param>
public sealed record Passage(
    int? Number, Guid DocumentId, string DocumentName, string? Section, int Page, int Start, int End, string Text, string? Verdict)
{
    public static Passage Of(Citation cited) => new(
        cited.Number, cited.DocumentId, cited.DocumentName, cited.Section, cited.Page, cited.Start, cited.End, cited.Quote, cited.Verdict);

    public static Passage Of(FoundPassage found) => new(
        null, found.DocumentId, found.DocumentName, found.Section, found.Page, found.Start, found.End, found.Text, null);
}
