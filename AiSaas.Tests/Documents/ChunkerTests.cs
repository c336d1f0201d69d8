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
            List<TextChunk> chunks = [.. pages.SelectMany(page => chunker.Next(page.Number, page.Text, page.Blocks)), .. chunker.End()];
            Assert.Equal(Enumerable.Range(0, chunks.Count), chunks.Select(chunk => chunk.Ordinal));
            foreach (var page in pages)
            {
                int end = 0;
                foreach (var chunk in chunks.Where(chunk => chunk.Page == page.Number))
                {
                    Assert.Equal(page.Text[chunk.Start..chunk.End], chunk.Text);
                    Assert.InRange(TokenEstimate.Of(chunk.Text), 1, Options.Most);
                    // Between two passages stands nothing but white space.
                    Assert.True(string.IsNullOrWhiteSpace(page.Text[end..chunk.Start]));
                    Assert.False(char.IsWhiteSpace(chunk.Text[0]) || char.IsWhiteSpace(chunk.Text[^1]));
                    Assert.False(char.IsLowSurrogate(chunk.Text[0]) || char.IsHighSurrogate(chunk.Text[^1]));
                    Assert.StartsWith("Title", chunk.Header, StringComparison.Ordinal);
                    end = chunk.End;
                }

                // Nor after the last, but for headings: what follows on the next page carries them.
                Assert.All(page.Blocks.Where(block => block.End > end), block => Assert.Equal(BlockKind.Heading, block.Kind));
            }

            Assert.All(chunks, chunk => Assert.InRange(chunk.Ordinal - chunk.Parent, 0, ParentRuns.MostPassages - 1));
            Assert.All(
                chunks.GroupBy(chunk => chunk.Parent),
                run => Assert.Equal(Enumerable.Range(run.Key, run.Count()), run.Select(chunk => chunk.Ordinal)));
            Assert.All(
                chunks.GroupBy(chunk => chunk.Parent).Where(run => run.Count() > 1),
                run => Assert.InRange(run.Sum(chunk => TokenEstimate.Of(chunk.Text)), 1, Options.Parent));
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

    [Fact]
    public void A_run_never_crosses_a_heading_of_its_own_level_and_takes_in_what_stands_below_it()
    {
        var chunks = Chunk(
            FlowBlock.Paragraph("What stands before the first heading."),
            FlowBlock.Heading(1, "Pumps"), FlowBlock.Paragraph(Words(20)), FlowBlock.Heading(2, "Seals"), FlowBlock.Paragraph(Words(20)),
            FlowBlock.Heading(1, "Pumps"), FlowBlock.Paragraph(Words(20)), FlowBlock.Heading(1, "Hoses"), FlowBlock.Paragraph(Words(20)));

        Assert.Equal([0, 1, 1, 3, 4], chunks.Select(chunk => chunk.Parent));
    }

    [Fact]
    public void A_long_section_falls_into_runs_of_neighbours_across_pages()
    {
        var chunks = Chunk([FlowBlock.Heading(1, "Pumps"), .. Enumerable.Range(0, 60).Select(i => FlowBlock.Paragraph(Words(15 + (i * 7 % 41))))]);

        Assert.True(chunks[^1].Page > 2);
        var runs = chunks.GroupBy(chunk => chunk.Parent).ToList();
        Assert.InRange(runs.Count, chunks.Count / 5, chunks.Count / 2);
        Assert.True(runs.Exists(run => run.Select(chunk => chunk.Page).Distinct().Count() > 1));
    }

    [Fact]
    public void A_list_stays_whole_with_the_line_that_leads_to_it()
    {
        var items = Enumerable.Range(1, 8).Select(i => FlowBlock.ListItem($"• Step {i}: turn the valve and wait for the gauge to settle."));
        var chunks = Chunk([FlowBlock.Paragraph(Words(120)), FlowBlock.Paragraph("To shut the plant down, do this in order:"), .. items, FlowBlock.Paragraph(Words(60))]);

        var list = chunks.Single(chunk => chunk.Text.Contains("Step 1:", StringComparison.Ordinal));
        Assert.StartsWith("To shut the plant down", list.Text, StringComparison.Ordinal);
        Assert.Contains("Step 8:", list.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Code_stays_whole_where_it_fits_and_is_cut_between_lines_where_it_does_not()
    {
        string Lines(int count) => string.Join('\n', Enumerable.Range(0, count).Select(i => $"    call_number_{i}(with, some, arguments);"));

        var whole = Chunk(FlowBlock.Paragraph(Words(100)), FlowBlock.Code(Lines(20)));
        var cut = Chunk(FlowBlock.Code(Lines(70)));

        Assert.Equal(Lines(20).Trim(), whole[^1].Text);
        Assert.True(cut.Count > 1);
        Assert.All(cut, chunk => Assert.StartsWith("call_number", chunk.Text.TrimStart(), StringComparison.Ordinal));
        Assert.All(cut, chunk => Assert.EndsWith(");", chunk.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_table_that_goes_on_over_the_page_carries_its_head_along()
    {
        FlowBlock[] rows = [FlowBlock.Row("Code | Meaning | Way out"), .. Enumerable.Range(1, 120).Select(i => FlowBlock.Row($"E{i} | {Words(5)} | {Words(3)}"))];

        var chunks = Chunk(rows);

        Assert.True(chunks[^1].Page > 1);
        Assert.All(chunks.Skip(1), chunk => Assert.Equal("Guide › Code | Meaning | Way out", chunk.Header));
    }

    [Fact]
    public void A_heading_at_the_foot_of_a_page_is_no_passage_where_its_text_follows()
    {
        Chunker chunker = new("Guide", Options, new ApproximateTokenCounter());
        PageBlock[] heading = [new(BlockKind.Heading, 1, 0, 5)];
        PageBlock[] body = [new(BlockKind.Paragraph, 0, 0, 17)];

        List<TextChunk> followed = [.. chunker.Next(1, "Pumps", heading), .. chunker.Next(2, "They move liquid.", body)];
        List<TextChunk> alone = [.. chunker.Next(3, "Hoses", heading), .. chunker.Next(4, "Pipes", heading), .. chunker.End()];

        Assert.Equal("Guide › Pumps", Assert.Single(followed).Header);
        Assert.Equal([(3, "Hoses"), (4, "Pipes")], alone.Select(chunk => (chunk.Page, chunk.Text)));
    }

    [Theory]
    [InlineData("水泵必须在打开盖子之前关闭。「请先切断电源！」他说。不要使用损坏的电缆。", "。」！")]
    [InlineData("هل أغلقت المضخة قبل فتح الغطاء؟ افصل الكهرباء أولا. لا تستعمل كابلا تالفا! ", "؟.!")]
    [InlineData("Pumppu on suljettava ennen kannen avaamista. Onko virta katkaistu? Älä käytä vaurioitunutta johtoa! ", ".?!")]
    [InlineData("The pump 💧 must be off, e.g. at 3.14 bar. See Fig. 5 and No. 7 for it. Is it off? 🙂 Then open the cover. ", ".?")]
    public void Every_passage_of_prose_ends_where_a_sentence_does_in_any_script(string sentences, string ends)
    {
        string text = string.Concat(Enumerable.Repeat(sentences, 40)).Trim();

        var chunks = Chunk(FlowBlock.Paragraph(text));

        Assert.True(chunks.Count > 2);
        Assert.All(chunks, chunk => Assert.Contains(chunk.Text[^1], ends));
        Assert.All(chunks, chunk => Assert.True(TokenEstimate.Of(chunk.Text) <= Options.Most));
        Assert.DoesNotContain(chunks, chunk => chunk.Text.EndsWith("Fig.", StringComparison.Ordinal) || chunk.Text.EndsWith("No.", StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_that_a_text_file_broke_in_the_middle_of_sentences_are_not_cut_there()
    {
        string text = string.Join('\n', Enumerable.Range(0, 60).Select(i => i % 3 == 2 ? "and so it ends here. The next one" : "begins in this line and goes on"));

        Assert.All(Chunk(FlowBlock.Paragraph(text)).SkipLast(1), chunk => Assert.EndsWith("ends here.", chunk.Text, StringComparison.Ordinal));
    }

    private static List<TextChunk> Chunk(params FlowBlock[] blocks)
    {
        FlowPages flow = new();
        Chunker chunker = new("Guide", Options, new ApproximateTokenCounter());
        List<TextChunk> chunks = [];
        foreach (var page in blocks.SelectMany(flow.Add))
        {
            chunks.AddRange(chunker.Next(page.Number, page.Text, page.Blocks));
        }

        return flow.Finish() is { } last
            ? [.. chunks, .. chunker.Next(last.Number, last.Text, last.Blocks), .. chunker.End()] : [.. chunks, .. chunker.End()];
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
