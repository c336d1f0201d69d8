using AiSaas.Contracts.Documents;
using AiSaas.Web.Components.Evidence;

namespace AiSaas.Tests.Web;

public sealed class PageBoxesTests
{
    [Fact]
    public void A_line_that_claims_more_room_than_its_letters_need_is_cut_around_its_middle()
    {
        // As a real parser gave it: 12 pt type in boxes 31 pt high, 16 pt apart.
        var page = PageOf(new TextBox(0, 3, 6, 77.1, 21.8, 31), new TextBox(4, 10, 31.2, 77.1, 41.7, 31), new TextBox(11, 13, 76.3, 77.1, 7.2, 31));

        var boxes = PageBoxes.Tidied(page).Boxes;

        Assert.All(boxes, box => Assert.InRange(box.Height, 13, 18));
        Assert.All(boxes, box => Assert.Equal(77.1 + 15.5, box.Y + (box.Height / 2), 3));
        Assert.Single(boxes.Select(box => box.Height).Distinct());
        Assert.Equal(page.Boxes.Select(box => (box.Start, box.X, box.Width)), boxes.Select(box => (box.Start, box.X, box.Width)));
    }

    [Fact]
    public void An_honest_line_stays_as_it_is()
    {
        var page = PageOf(new TextBox(0, 80, 72, 72, 448, 12), new TextBox(81, 90, 72, 88, 50, 12), new TextBox(90, 90, 0, 0, 0, 0));

        Assert.Equal(page.Boxes.OrderBy(box => box.Start), PageBoxes.Tidied(page).Boxes);
    }

    private static DocumentPage PageOf(params TextBox[] boxes) => new(Guid.Empty, "manual.pdf", 1, 1, 595, 842, new string('x', 100), boxes);
}
