using AiSaas.Contracts.Quality;
using AiSaas.Core.Retrieval;

namespace AiSaas.Core.Quality;

/// <summary>What a golden question may be.</summary>
public static class GoldenRules
{
    public const int MostQuestions = 1_000;
    public const int MostExpectations = 20;
    public const int MostTags = 10;
    public const int LongestTag = 50;
    public const int LongestQuote = 4_000;
    public const int LongestName = 255;

    /// <returns>What is wrong, in words; null where nothing is.</returns>
    public static string? Fault(GoldenQuestionBody body)
    {
        ArgumentNullException.ThrowIfNull(body);
        // JSON may say null whatever the shape says.
        var expected = body.Expected ?? [];
        var tags = body.Tags ?? [];
        return body switch
        {
            { Question: null or "" } => "The question is empty.",
            { Question: var question } when string.IsNullOrWhiteSpace(question) => "The question is empty.",
            { Question.Length: > RetrievalQuery.MaxLength } => $"A question has up to {RetrievalQuery.MaxLength:N0} characters.",
            _ when expected.Count is 0 or > MostExpectations => $"Say where the answer stands: 1 to {MostExpectations} places.",
            _ when tags.Count > MostTags || tags.Any(tag => string.IsNullOrWhiteSpace(tag) || tag.Length > LongestTag) =>
                $"Up to {MostTags} tags of up to {LongestTag} characters.",
            _ when tags.Append(body.Question).Any(HasNul) => "A NUL character can't be stored.",
            _ => expected.Select(Fault).FirstOrDefault(fault => fault is not null),
        };
    }

    private static string? Fault(Expectation? expectation) => expectation switch
    {
        null => "An expectation is {documentName, page?, start?, end?, quote?}.",
        { DocumentName: null or "", DocumentId: null } => "An expectation names its document.",
        { DocumentName.Length: > LongestName } => $"A document's name has up to {LongestName} characters.",
        { Quote: { } quote } when string.IsNullOrWhiteSpace(quote) || quote.Length > LongestQuote => $"A quote has 1 to {LongestQuote:N0} characters.",
        { Page: < 1 } => "Pages count from 1.",
        { Start: null, End: not null } or { Start: not null, End: null } => "Offsets come in pairs, start and end.",
        { Start: not null, Page: null } => "Offsets need the page they count in.",
        { Start: { } start, End: { } end } when start < 0 || end <= start => "Offsets go forward from 0.",
        { DocumentName: var name, Quote: var words } when HasNul(name ?? "") || HasNul(words ?? "") => "A NUL character can't be stored.",
        _ => null,
    };

    private static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);
}
