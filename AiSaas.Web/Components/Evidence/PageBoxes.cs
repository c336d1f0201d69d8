using AiSaas.Contracts.Documents;

namespace AiSaas.Web.Components.Evidence;

/// <summary>Makes boxes fit to draw in.</summary>
/// <remarks>
/// Some fonts claim far more room above and below a line than their letters take, and a parser has only their word for it: lines
/// then overlap. Letters are about half as wide as their type is tall, so the width of a line says how tall it can be.
/// 1. Boxes of one line (same top, same height) are taken together; single words like "it" would mislead.
/// 2. A line that claims much more than its letters need is cut to what they need, around its middle.
/// </remarks>
internal static class PageBoxes
{
    private const double LetterWidth = 0.5;
    private const double LineHeight = 1.22;
    private const double Tolerance = 1.4;

    public static DocumentPage Tidied(DocumentPage page) =>
        page with { Boxes = [.. page.Boxes.GroupBy(box => (box.Y, box.Height)).SelectMany(Tidied).OrderBy(box => box.Start)] };

    private static IEnumerable<TextBox> Tidied(IGrouping<(double Y, double Height), TextBox> line)
    {
        int letters = line.Sum(box => Math.Max(0, box.End - box.Start));
        double needed = letters == 0 ? 0 : line.Sum(box => box.Width) / letters / LetterWidth * LineHeight;
        double claimed = line.Key.Height;
        return needed <= 0 || claimed <= needed * Tolerance
            ? line
            : line.Select(box => box with { Y = box.Y + ((claimed - needed) / 2), Height = needed });
    }
}
