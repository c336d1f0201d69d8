using AiSaas.Llm.Local.Extractive;
using FsCheck;
using FsCheck.Fluent;

namespace AiSaas.Tests.Llm.Local;

public sealed class SentenceSplitterTests
{
    private static string[] Split(string text) => [.. SentenceSplitter.Split(text).Select(span => text[span.Start..span.End])];

    [Theory]
    [InlineData("One. Two! Three?", "One.|Two!|Three?")]
    [InlineData("Dr. Smith met Prof. Jones at 3 p.m. on Monday. They talked.", "Dr. Smith met Prof. Jones at 3 p.m. on Monday.|They talked.")]
    [InlineData("It costs 3.50 in the U.S. and 4.20 elsewhere, e.g. in Bern. Pay now.", "It costs 3.50 in the U.S. and 4.20 elsewhere, e.g. in Bern.|Pay now.")]
    [InlineData("See Fig. 3 and No. 7. No. That is wrong.", "See Fig. 3 and No. 7.|No.|That is wrong.")]
    [InlineData("J. R. Tolkien wrote it. Visit example.org now.", "J. R. Tolkien wrote it.|Visit example.org now.")]
    [InlineData("He said \"Stop.\" Then he left (at once.) She stayed.", "He said \"Stop.\"|Then he left (at once.)|She stayed.")]
    [InlineData("Wait... what? Yes!!! Good.", "Wait... what?|Yes!!!|Good.")]
    [InlineData("返品は14日以内です。送料は無料です。", "返品は14日以内です。|送料は無料です。")]
    [InlineData("no end mark at all", "no end mark at all")]
    [InlineData("", "")]
    [InlineData(" \n\n ", "")]
    public void Sentences_end_where_a_reader_would_end_them(string text, string expected) =>
        Assert.Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries), Split(text));

    [Fact]
    public void Lines_that_a_pdf_broke_are_one_sentence() =>
        Assert.Equal(
            ["Refunds are paid within\nfourteen days of the return\nreaching our warehouse.", "Shipping is\nnot refunded."],
            Split("Refunds are paid within\nfourteen days of the return\nreaching our warehouse. Shipping is\nnot refunded.\n"));

    [Fact]
    public void List_items_and_headings_stand_alone()
    {
        const string Text = "3 Warranty\n\nThe warranty covers:\n- the pump\n- the motor, but\n  not its fuse\n1. Open the valve\n2. Close it.\n\n## Returns\nSend it back.";

        var spans = SentenceSplitter.Split(Text);

        Assert.Equal(
            ["3 Warranty", "The warranty covers:", "the pump", "the motor, but\n  not its fuse", "Open the valve", "Close it.", "## Returns", "Send it back."],
            spans.Select(span => Text[span.Start..span.End]));
        Assert.Equal(SentenceKind.Heading, spans[0].Kind);
        Assert.Equal(SentenceKind.Prose, spans[1].Kind);
        Assert.All(spans.Skip(2).Take(4), span => Assert.Equal(SentenceKind.ListItem, span.Kind));
        Assert.Equal(SentenceKind.Heading, spans[6].Kind);
    }

    [Fact]
    public void Rows_of_tables_and_figures_stand_alone() =>
        Assert.Equal(
            ["| Model | Flow |", "| P200 | 12 m³/h |", "Weight: 41.5 kg", "Head: 38 m", "Note: the pump must be\nprimed first.", "P300   15 m³/h   44 kg"],
            Split("| Model | Flow |\n|---|---:|\n| P200 | 12 m³/h |\n\nWeight: 41.5 kg\nHead: 38 m\n\nNote: the pump must be\nprimed first.\nP300   15 m³/h   44 kg"));

    [Fact]
    public void A_text_without_end_marks_is_cut_at_spaces()
    {
        string text = string.Join(' ', Enumerable.Repeat("word", 1000));

        var sentences = Split(text);

        Assert.All(sentences, sentence => Assert.InRange(sentence.Length, 1, 601));
        Assert.Equal(text, string.Join(' ', sentences));
    }

    [Fact]
    public void Any_text_gives_spans_in_order_without_overlap() => Prop.ForAll(
        ArbMap.Default.ArbFor<string>().Filter(text => text is not null),
        text =>
        {
            var spans = SentenceSplitter.Split(text);
            int at = 0;
            foreach (var span in spans)
            {
                Assert.True(span.Start >= at && span.End > span.Start && span.End <= text.Length);
                at = span.End;
            }
        }).QuickCheckThrowOnFailure();
}
