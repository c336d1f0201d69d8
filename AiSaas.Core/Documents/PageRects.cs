using AiSaas.Contracts.Documents;

namespace AiSaas.Core.Documents;

/// <summary>The rectangles that cover a range of a page's characters, one for each run of a line.</summary>
public static class PageRects
{
    /// <summary>A passage has some twenty lines; a page of numbers set one by one may have thousands of boxes.</summary>
    public const int Most = 60;

    public static IReadOnlyList<PageBox> Of(IReadOnlyList<TextBox> boxes, int start, int end)
    {
        List<PageBox> rects = [];
        foreach (var box in boxes)
        {
            if (box.End > start && box.Start < end && box.End > box.Start)
            {
                Join(rects, Cut(box, start, end));
            }
        }

        return [.. rects.Take(Most).Select(rect => new PageBox(Round(rect.X), Round(rect.Y), Round(rect.Width), Round(rect.Height)))];
    }

    // A box may be a whole line of which only some words are meant: characters are taken as equally wide.
    private static PageBox Cut(TextBox box, int start, int end)
    {
        double length = box.End - box.Start;
        double from = Math.Max(0, start - box.Start) / length;
        double to = Math.Min(length, end - box.Start) / length;
        return new(box.X + (from * box.Width), box.Y, (to - from) * box.Width, box.Height);
    }

    // Words of one line become one rectangle, gaps included; a wide gap is another column.
    private static void Join(List<PageBox> rects, PageBox next)
    {
        if (rects is [.., var last] && Math.Abs(last.Y + (last.Height / 2) - next.Y - (next.Height / 2)) < Math.Max(last.Height, next.Height) / 2
            && next.X >= last.X && next.X - last.X - last.Width < 2 * Math.Max(last.Height, next.Height))
        {
            double top = Math.Min(last.Y, next.Y);
            double bottom = Math.Max(last.Y + last.Height, next.Y + next.Height);
            rects[^1] = new(last.X, top, Math.Max(last.X + last.Width, next.X + next.Width) - last.X, bottom - top);
            return;
        }

        rects.Add(next);
    }

    private static double Round(double points) => Math.Round(points, 1);
}
