namespace AiSaas.Llm.Local.Extractive;

/// <summary>A stretch of a passage that the answer repeats word for word.</summary>
/// <param name="Number">The passage's number in the prompt, from 1.</param>
/// <param name="Start">In the passage's text.</param>
/// <param name="End">Exclusive.</param>
/// <param name="Text">As answered: the stretch with its line breaks and runs of spaces made single spaces.</param>
public sealed record ExtractiveQuote(int Number, int Start, int End, string Text);

/// <param name="Quotes">In the order of the answer; empty if nothing fits.</param>
/// <param name="Text">The quotes as Markdown, each followed by its citation.</param>
/// <param name="Confidence">0 to 1: how likely the best sentence answers.</param>
internal sealed record ExtractiveAnswer(IReadOnlyList<ExtractiveQuote> Quotes, string Text, double Confidence)
{
    public static ExtractiveAnswer None(double confidence) => new([], ExtractiveChatClient.NoAnswer, confidence);
}
