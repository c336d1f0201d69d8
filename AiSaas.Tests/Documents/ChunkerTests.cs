using AiSaas.Core.Documents;
using AiSaas.Ingestion.Chunking;
using AiSaas.Ingestion.Parsing.Flow;
using AiSaas.Llm.Text;
using FsCheck;
using FsCheck.Fluent;

namespace AiSaas.Tests.Documents;

public sealed class ChunkerTests
{
    private static readonly ChunkingOptions Options = new();

    [Fact]
    public void Every_passage_stands_at_its_offsets_and_together_they_lose_nothing()
    {
        Prop.ForAll(Arb.From(Documents()), blocks =>
        {
            FlowPages flow = new();
            var pages = blocks.SelectMany(flow.Add).ToList();
            if (flow.Finish() is { } last)
            {
                pages.Add(last);
            }

            Chunker chunker = new("Title", Options, new ApproximateTokenCounter());
            int ordinal = 0;
            foreach (var page in pages)
            {
                int end = 0;
                foreach (var chunk in chunker.Next(page.Number, page.Text, page.Blocks))
                {
                    Assert.Equal(ordinal++, chunk.Ordinal);
                    Assert.Equal(page.Text[chunk.Start..chunk.End], chunk.Text);
                    Assert.InRange(chunk.Text.Length, 1, Options.Most);
                    // Between two passages stands nothing but white space.
                    Assert.True(string.IsNullOrWhiteSpace(page.Text[end..chunk.Start]));
                    Assert.False(char.IsWhiteSpace(chunk.Text[0]) || char.IsWhiteSpace(chunk.Text[^1]));
                    Assert.False(char.IsLowSurrogate(chunk.Text[0]) || char.IsHighSurrogate(chunk.Text[^1]));
                    Assert.StartsWith("Title", chunk.Header, StringComparison.Ordinal);
                    end = chunk.End;
                }

                Assert.True(string.IsNullOrWhiteSpace(page.Text[end..]));
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    [Fact]
    public void Headings_open_passages_and_name_the_section_of_what_follows()
    {
        var chunks = Chunk(
            FlowBlock.Heading(1, "Manual"), FlowBlock.Heading(2, "Safety"), FlowBlock.Paragraph(Words(60)),
            FlowBlock.Heading(3, "Fire"), FlowBlock.Paragraph(Words(60)), FlowBlock.Heading(2, "Care"), FlowBlock.Paragraph(Words(60)));

        Assert.Equal(["Manual › Safety", "Manual › Safety › Fire", "Manual › Care"], chunks.Select(chunk => chunk.Section));
        Assert.Equal("Guide › Manual › Safety › Fire", chunks[1].Header);
        Assert.StartsWith("Manual\n\nSafety\n\n", chunks[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_paragraph_is_cut_after_sentences_and_never_after_an_abbreviation()
    {
        string text = string.Concat(Enumerable.Repeat("Dr. Smith measured the flow, e.g. at noon. ", 60));

        var chunks = Chunk(FlowBlock.Paragraph(text));

        Assert.True(chunks.Count > 1);
        Assert.All(chunks, chunk => Assert.EndsWith("at noon.", chunk.Text, StringComparison.Ordinal));
        Assert.All(chunks, chunk => Assert.StartsWith("Dr. Smith", chunk.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_of_a_table_are_kept_whole_and_carry_its_head()
    {
        FlowBlock[] rows = [FlowBlock.Row("Code | Meaning"), .. Enumerable.Range(1, 60).Select(i => FlowBlock.Row($"E{i} | {Words(6)}"))];

        var chunks = Chunk(rows);

        Assert.True(chunks.Count > 2);
        Assert.Equal("Guide", chunks[0].Header);
        Assert.Equal("Guide › Code | Meaning", chunks[1].Header);
        Assert.All(chunks.Skip(1).SelectMany(chunk => chunk.Text.Split('\n')), row => Assert.Matches(@"^E\d+ \| ", row));
    }

    [Fact]
    public void A_table_of_contents_makes_no_passages_and_a_chapter_of_that_name_does()
    {
        var chunks = Chunk(
            FlowBlock.Heading(1, "Contents"), FlowBlock.ListItem("1 Safety 4"), FlowBlock.ListItem("2 Care 9"),
            FlowBlock.Heading(1, "Table of contents"), FlowBlock.Paragraph("The box contains a pump and a hose."));

        Assert.EndsWith("The box contains a pump and a hose.", Assert.Single(chunks).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("english", "The pump must be switched off before the cover is opened, and it may only be opened by those who have read all of this manual from the first page.")]
    [InlineData("german", "Die Pumpe muss ausgeschaltet sein, bevor der Deckel geöffnet wird, und nur wer diese Anleitung von der ersten Seite an gelesen hat, darf ihn öffnen.")]
    [InlineData("chinese", "打开盖子之前必须关闭水泵，只有从第一页开始阅读过本手册的人才可以打开盖子。请务必遵守所有的安全规定。")]
    public void The_language_is_guessed_page_by_page(string expected, string text) =>
        Assert.Equal(expected, Chunk(FlowBlock.Paragraph(text)).Single().Language);

    private static List<TextChunk> Chunk(params FlowBlock[] blocks)
    {
        FlowPages flow = new();
        Chunker chunker = new("Guide", Options, new ApproximateTokenCounter());
        List<TextChunk> chunks = [];
        foreach (var page in blocks.SelectMany(flow.Add))
        {
            chunks.AddRange(chunker.Next(page.Number, page.Text, page.Blocks));
        }

        return flow.Finish() is { } last ? [.. chunks, .. chunker.Next(last.Number, last.Text, last.Blocks)] : chunks;
    }

    private static string Words(int count) => string.Join(' ', Enumerable.Range(0, count).Select(i => $"word{i}")) + ".";

    private static Gen<FlowBlock[]> Documents()
    {
        var letters = Gen.Elements("a", "word ", "Ende. ", "\n", "🙂", "漢", "é", "e\u0301", "\t", " ", "...", "Dr. ", "!", "\u200d", "x,y ");
        var text = Gen.Choose(0, 1500).SelectMany(size => Gen.ArrayOf(letters, size / 4).Select(pieces => string.Concat(pieces)));
        var kind = Gen.Elements(BlockKind.Paragraph, BlockKind.Paragraph, BlockKind.Heading, BlockKind.ListItem, BlockKind.TableRow, BlockKind.Code);
        var block = kind.SelectMany(one => text, (one, words) => new FlowBlock(one, one == BlockKind.Heading ? 1 + (words.Length % 3) : 0, one == BlockKind.Heading ? words[..Math.Min(words.Length, 60)] : words));
        return Gen.Choose(0, 30).SelectMany(count => Gen.ArrayOf(block, count));
    }
}
