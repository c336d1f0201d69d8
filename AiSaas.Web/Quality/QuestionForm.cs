using AiSaas.Contracts.Quality;

namespace AiSaas.Web.Quality;

/// <summary>A golden question as a form has it: the same fields once for each place.</summary>
internal static class QuestionForm
{
    public static IReadOnlyList<string> Tags(string? text) =>
        (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Places whose document is left empty are left out; page and offsets are kept with the words they belong to.</summary>
    public static IReadOnlyList<Expectation> Places(
        IReadOnlyList<string?> documents, IReadOnlyList<string?> pages, IReadOnlyList<string?> quotes, IReadOnlyList<Expectation> before) =>
        [.. documents.Select((document, index) => Place(document, At(pages, index), At(quotes, index), index < before.Count ? before[index] : null))
            .OfType<Expectation>()];

    private static Expectation? Place(string? document, string? page, string? quote, Expectation? before)
    {
        if (string.IsNullOrWhiteSpace(document))
        {
            return null;
        }

        int? number = int.TryParse(page, out int parsed) ? parsed : string.IsNullOrWhiteSpace(page) ? null : -1;
        string? words = string.IsNullOrWhiteSpace(quote) ? null : quote;
        // Browsers send line ends of their own; the words are what counts.
        bool same = before is not null && before.DocumentName == document.Trim() && before.Page == number
            && before.Quote?.ReplaceLineEndings() == words?.ReplaceLineEndings();
        return same ? before : new(document.Trim(), null, number, Quote: words);
    }

    private static string? At(IReadOnlyList<string?> values, int index) => index < values.Count ? values[index] : null;
}
