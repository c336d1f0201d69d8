using AiSaas.Llm.Local.Extractive;

namespace AiSaas.Llm.Text;

/// <summary>The sentences of a text in prose, lists or Markdown.</summary>
public static class Sentences
{
    /// <summary>In order, without headings and the rules of tables.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. SentenceSplitter.Split(text).Where(span => span.Kind != SentenceKind.Heading).Select(span => text[span.Start..span.End])];
    }
}
