namespace AiSaas.Llm.Grounding;

/// <summary>A piece of a document that an answer may rest on. Its number in a prompt is its place in the list, from 1.</summary>
/// <param name="Title">The document's name.</param>
/// <param name="Section">The headings above it, or null.</param>
/// <param name="Text">As stored; quotes are checked against it.</param>
public sealed record GroundedPassage(string Title, string? Section, string Text)
{
    /// <summary>The text in its surroundings, which models read instead of it; null for the text alone.</summary>
    /// <remarks>The extractive answerer stays with the text: it quotes, and what is around the text was not what the question found.</remarks>
    public string? Context { get; init; }
}

/// <summary>A question with the passages found for it, best first.</summary>
public sealed record GroundedQuestion(string Question, IReadOnlyList<GroundedPassage> Passages);
