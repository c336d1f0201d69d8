namespace AiSaas.Llm.Local.Extractive;

internal enum SentenceKind
{
    Prose,

    /// <summary>A bullet or a numbered point.</summary>
    ListItem,

    /// <summary>A line of a table or of a list of figures.</summary>
    Row,

    /// <summary>A short line without an end mark: names what follows, answers nothing.</summary>
    Heading,
}

/// <summary>A stretch of a passage's text.</summary>
/// <param name="Start">In the passage's text.</param>
/// <param name="End">Exclusive.</param>
/// <param name="Kind">What it looks like.</param>
internal readonly record struct SentenceSpan(int Start, int End, SentenceKind Kind);
