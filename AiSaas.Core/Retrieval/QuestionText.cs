using System.Text;

namespace AiSaas.Core.Retrieval;

/// <summary>A question as Postgres and an embedder can take it.</summary>
internal static class QuestionText
{
    /// <summary>At most <see cref="RetrievalQuery.MaxLength"/>, without NUL (no text in Postgres) and without halves of surrogate pairs (no UTF-8).</summary>
    public static string Clean(string text)
    {
        var cut = text.AsSpan(0, Math.Min(text.Length, RetrievalQuery.MaxLength));
        StringBuilder clean = new(cut.Length);
        // Runes come with U+FFFD for broken halves, the one that the cut makes included.
        foreach (var rune in cut.EnumerateRunes())
        {
            clean.Append(rune.Value == 0 ? " " : rune.ToString());
        }

        return clean.ToString().Trim();
    }
}
