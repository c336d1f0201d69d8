using AiSaas.Contracts.Documents;
using AiSaas.Web.Components.Evidence;

namespace AiSaas.Tests.Web.Chat;

public sealed class PageMarksTests
{
    [Fact]
    public void Words_of_a_line_are_one_mark_and_each_line_has_its_own()
    {
        var marks = Mark(0, 15, new(0, 4, 10, 10, 20, 12), new(5, 9, 34, 10, 20, 12), new(10, 15, 10, 26, 25, 12));

        Assert.Equal([new(10, 10, 44, 12), new(10, 26, 25, 12)], marks);
    }

    [Fact]
    public void Only_the_cited_part_of_a_box_is_marked()
    {
        var marks = Mark(20, 30, new TextBox(10, 50, 100, 10, 400, 12));

        Assert.Equal([new(200, 10, 100, 12)], marks);
    }

    [Fact]
    public void A_quote_that_runs_over_two_columns_marks_no_gutter()
    {
        var marks = Mark(0, 10, new(0, 5, 50, 700, 200, 12), new(5, 10, 310, 700, 200, 12));

        Assert.Equal(2, marks.Count);
    }

    [Fact]
    public void Boxes_outside_the_range_and_empty_ones_are_left_alone() =>
        Assert.Empty(Mark(5, 10, new(0, 5, 0, 0, 10, 10), new(10, 15, 0, 0, 10, 10), new(7, 7, 0, 0, 10, 10)));

    [Theory]
    [InlineData(-5, 3, "abc")]
    [InlineData(2, 999, "cdef")]
    [InlineData(5, 2, "")]
    [InlineData(null, null, "")]
    public void A_range_beyond_the_text_is_cut_to_it(int? start, int? end, string marked) =>
        Assert.Equal(marked, MarkedText.Of("abcdef", start, end).Marked);

    [Fact]
    public void A_long_page_is_cut_around_the_mark_and_says_so()
    {
        string text = new('a', 100_000);

        var shown = MarkedText.Of(text, 50_000, 50_010);

        Assert.True(shown.CutBefore && shown.CutAfter);
        Assert.Equal(10, shown.Marked.Length);
        Assert.True(shown.Before.Length + shown.After.Length < 70_000);
    }

    [Fact]
    public void A_range_never_cuts_a_character_in_half()
    {
        var shown = MarkedText.Of("a😀b", 2, 3);

        Assert.Equal("a😀b", shown.Before + shown.Marked + shown.After);
        Assert.False(char.IsLowSurrogate(shown.Marked.FirstOrDefault()));
    }

    private static IReadOnlyList<MarkedBox> Mark(int start, int end, params TextBox[] boxes) =>
        PageMarks.Of(new DocumentPage(default, "a.pdf", 1, 1, 595, 842, "", boxes), start, end);
}
