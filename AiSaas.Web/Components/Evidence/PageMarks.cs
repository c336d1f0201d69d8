using AiSaas.Contracts.Documents;

namespace AiSaas.Web.Components.Evidence;

/// <summary>A rectangle in points from the page's top left corner.</summary>
internal readonly record struct MarkedBox(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public bool IsLineOf(MarkedBox other) =>
        Math.Abs(Y + (Height / 2) - other.Y - (other.Height / 2)) < Math.Max(Height, other.Height) / 2;
}

/// <summary>The rectangles that cover a range of a page's characters, one for each run of a line.</summary>
internal static class PageMarks
{
    public static IReadOnlyList<MarkedBox> Of(DocumentPage page, int start, int end)
    {
        List<MarkedBox> marks = [];
        foreach (var box in page.Boxes)
        {
            if (box.End > start && box.Start < end && box.End > box.Start)
            {
                Join(marks, Cut(box, start, end));
            }
        }

        return marks;
    }

    // A box may be a whole line of which only some words are cited: characters are taken as equally wide.
    private static MarkedBox Cut(TextBox box, int start, int end)
    {
        double length = box.End - box.Start;
        double from = Math.Max(0, start - box.Start) / length;
        double to = Math.Min(length, end - box.Start) / length;
        return new(box.X + (from * box.Width), box.Y, (to - from) * box.Width, box.Height);
    }

    // Words of one line become one mark, gaps included; a wide gap is another column.
    private static void Join(List<MarkedBox> marks, MarkedBox next)
    {
        if (marks.Count > 0 && marks[^1] is var last && last.IsLineOf(next)
            && next.X >= last.X && next.X - last.Right < 2 * Math.Max(last.Height, next.Height))
        {
            double top = Math.Min(last.Y, next.Y);
            double bottom = Math.Max(last.Y + last.Height, next.Y + next.Height);
            marks[^1] = new(last.X, top, Math.Max(last.Right, next.Right) - last.X, bottom - top);
            return;
        }

        marks.Add(next);
    }
}
