using AiSaas.Contracts.Documents;

namespace AiSaas.Web.Components.Evidence;

/// <param name="Chunk">Null for what stands between passages.</param>
/// <param name="Marked">It is the passage that the page was opened at.</param>
internal sealed record PagePiece(string Text, DocumentChunk? Chunk, bool Marked);

/// <summary>A page's text cut at its passages; together the pieces are the text.</summary>
internal static class PagePieces
{
    public static IEnumerable<PagePiece> Of(string text, IReadOnlyList<DocumentChunk> chunks, int? start, int? end)
    {
        int at = 0;
        foreach (var chunk in chunks.Where(chunk => chunk.Start >= 0 && chunk.End <= text.Length).OrderBy(chunk => chunk.Start))
        {
            if (chunk.Start < at)
            {
                // Passages don't overlap; should they once, the first one has the text.
                continue;
            }

            if (chunk.Start > at)
            {
                yield return new(text[at..chunk.Start], null, false);
            }

            // A citation marks a part of its passage.
            bool marked = start is { } from && end is { } to && from < chunk.End && to > chunk.Start;
            yield return new(text[chunk.Start..chunk.End], chunk, marked);
            at = chunk.End;
        }

        if (at < text.Length)
        {
            yield return new(text[at..], null, false);
        }
    }
}
