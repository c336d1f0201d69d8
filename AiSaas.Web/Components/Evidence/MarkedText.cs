namespace AiSaas.Web.Components.Evidence;

/// <summary>A page's text around a marked range, cut at a bound: a page of a plain text file may be very long.</summary>
internal sealed record MarkedText(bool CutBefore, string Before, string Marked, string After, bool CutAfter)
{
    // About ten screens to each side.
    public const int Around = 20_000;

    public static MarkedText Of(string text, int? start, int? end)
    {
        int from = Edge(text, Math.Clamp(start ?? 0, 0, text.Length));
        int to = Edge(text, Math.Clamp(end ?? from, from, text.Length));
        int first = Edge(text, Math.Max(0, from - Around));
        int last = Edge(text, Math.Min(text.Length, to + (2 * Around)));
        return new(first > 0, text[first..from], text[from..to], text[to..last], last < text.Length);
    }

    // Never between the two halves of a character.
    private static int Edge(string text, int at) =>
        at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) ? at - 1 : at;
}
