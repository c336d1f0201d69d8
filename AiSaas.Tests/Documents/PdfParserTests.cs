using System.Diagnostics;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Chunking;
using AiSaas.Ingestion.Parsing;
using AiSaas.Llm.Text;

namespace AiSaas.Tests.Documents;

public sealed class PdfParserTests
{
    [Fact]
    public async Task Two_columns_are_read_one_after_the_other_and_a_sentence_goes_on_in_the_next()
    {
        string[] left = ["The first lamps were made of", "iron and burned whale oil at", "night. Keepers lived beside", "them, and every one of the"];
        string[] right = ["eleven families kept a book", "of ships. In winter the coast", "was dark for eighteen hours", "and the lamps went unseen."];
        MiniPdf pdf = new();
        pdf.Page([
            (60, 780, 20, "Harbour lights"),
            .. left.Select((text, i) => (60.0, 740.0 - (i * 14), 11.0, text)),
            .. right.Select((text, i) => (320.0, 740.0 - (i * 14), 11.0, text)),
        ]);

        var (pages, _) = await Reading.ParseAsync("two.pdf", pdf.Build());

        var outline = Reading.Outline(pages);
        Assert.StartsWith("Heading", outline[0], StringComparison.Ordinal);
        Assert.EndsWith("Harbour lights", outline[0], StringComparison.Ordinal);
        string text = pages.Single().Text.Replace('\n', ' ').Replace("  ", " ", StringComparison.Ordinal);
        Assert.Contains("every one of the eleven families kept a book of ships.", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_word_knows_its_box_and_a_word_broken_at_the_line_end_is_whole_again()
    {
        MiniPdf pdf = new();
        pdf.Page((60, 700, 11, "This paragraph has a long word that is hyphen-"), (60, 686, 11, "ated at the end of its very first line."));

        var (pages, _) = await Reading.ParseAsync("hyphen.pdf", pdf.Build());

        var page = pages.Single();
        Assert.Contains("that is hyphenated at the end", page.Text, StringComparison.Ordinal);
        int start = page.Text.IndexOf("hyphenated", StringComparison.Ordinal);
        var boxes = page.Boxes.Where(box => box.Start >= start && box.End <= start + "hyphenated".Length).ToList();
        Assert.Equal(2, boxes.Count);
        Assert.True(boxes[1].Y > boxes[0].Y);
        Assert.InRange(boxes[0].Y, 842 - 700 - 15, 842 - 700 + 5);
        Assert.Equal((595, 842), ((int)page.Width, (int)page.Height));
    }

    [Fact]
    public async Task Headers_footers_and_page_numbers_are_no_part_of_the_text()
    {
        MiniPdf pdf = new() { Title = "The long manual" };
        for (int i = 1; i <= 6; i++)
        {
            pdf.Page(
                (60, 810, 9, $"ACME Turbine Manual, revision {i}"), (60, 700, 11, $"Body text of chapter number {i} stands here in full."),
                (280, 30, 9, $"- {i} -"));
        }

        var (pages, input) = await Reading.ParseAsync("manual.pdf", pdf.Build());

        Assert.Equal("The long manual", input.Title);
        Assert.Equal([.. Enumerable.Range(1, 6).Select(i => $"Body text of chapter number {i} stands here in full.")], pages.Select(page => page.Text));
    }

    [Fact]
    public async Task A_table_of_contents_has_no_headings_and_no_dots_and_a_chapter_name_beside_the_page_number_is_no_text()
    {
        MiniPdf pdf = new();
        pdf.Page((60, 815, 11, "Chapter 2: Care"), (520, 815, 11, "17"), (60, 700, 14, "1 Safety . . . . . . . . . . 4"), (60, 500, 11, "Body text that is long enough to be the body."));

        var (pages, _) = await Reading.ParseAsync("contents.pdf", pdf.Build());

        Assert.Equal(["ListItem: 1 Safety 4", "Paragraph: Body text that is long enough to be the body."], Reading.Outline(pages));
    }

    [Fact]
    public async Task A_table_keeps_its_rows()
    {
        (string Part, string Interval, string Price)[] rows = [("Part", "Interval", "Price"), ("Bearing", "90 days", "12.50"), ("Hose", "1 year", "7.00"), ("Gasket set", "2 years", "103.75")];
        MiniPdf pdf = new();
        pdf.Page([
            (60, 780, 11, "The following parts wear and are replaced at these intervals:"),
            .. rows.SelectMany((row, i) => new[] { (60.0, 740.0 - (i * 20), 11.0, row.Part), (250, 740 - (i * 20), 11, row.Interval), (400, 740 - (i * 20), 11, row.Price) }),
            (60, 640, 11, "Prices are those of the spring catalogue and hold until autumn."),
        ]);

        var (pages, _) = await Reading.ParseAsync("parts.pdf", pdf.Build());

        Assert.Equal(
            [
                "Paragraph: The following parts wear and are replaced at these intervals:",
                "TableRow: Part | Interval | Price", "TableRow: Bearing | 90 days | 12.50", "TableRow: Hose | 1 year | 7.00",
                "TableRow: Gasket set | 2 years | 103.75",
                "Paragraph: Prices are those of the spring catalogue and hold until autumn.",
            ],
            Reading.Outline(pages));
        Assert.Contains(pages[0].Boxes, box => pages[0].Text[box.Start..box.End] == "103.75");
    }

    [Fact]
    public async Task The_outline_names_sections_whatever_they_look_like_and_tells_the_table_of_contents()
    {
        byte[] pdf = new MiniPdf { Title = "Pump manual" }
            .Page((60, 760, 11, "1 Safety ..... 2"), (60, 730, 11, "2 Care ..... 3"), (60, 700, 11, "2.1 Oil and grease ..... 3"), (60, 670, 11, "3 Storage ..... 4"))
            .Page((60, 760, 8, "CHAPTER"), (60, 740, 8, "ONE"), (60, 700, 11, "Safety"), (60, 640, 11, "The pump must be off before the cover is opened."))
            .Page((60, 760, 11, "2. Care"), (60, 700, 11, "Look after the pump."), (60, 640, 11, "2.1 Oil and"), (60, 626, 11, "grease"),
                (60, 580, 11, "Oil the bearing every ninety days."), (60, 520, 16, "Beware"), (60, 480, 11, "Hot oil burns."))
            .Page((60, 700, 11, "Keep it dry."))
            .Bookmarks((1, 2, "Safety"), (1, 3, "Care"), (2, 3, "Oil and grease"), (1, 4, "Storage"))
            .Build();

        var (pages, _) = await Reading.ParseAsync("manual.pdf", pdf);

        Assert.All(pages[0].Blocks, block => Assert.Equal(BlockKind.Contents, block.Kind));
        Assert.Equal(
            ["Heading 1: CHAPTER", "Heading 1: ONE", "Heading 1: Safety", "Heading 1: 2. Care", "Heading 2: 2.1 Oil and grease", "Heading 3: Beware"],
            Reading.Outline(pages).Where(line => line.StartsWith("Heading", StringComparison.Ordinal)));
        Assert.Equal([new SectionOpening(1, 0, "Storage")], pages[3].Openings);
        Chunker chunker = new("Pump manual", new ChunkingOptions(), new ApproximateTokenCounter());
        Assert.Equal(
            ["Safety", "2. Care", "2. Care › 2.1 Oil and grease", "2. Care › 2.1 Oil and grease › Beware", "Storage"],
            pages.SelectMany(page => chunker.Next(page.Number, page.Text, page.Blocks, page.Openings)).Select(chunk => chunk.Section));
    }

    [Fact]
    public async Task An_outline_that_hangs_or_floods_costs_its_time_and_no_more()
    {
        byte[] pdf = new MiniPdf().Page((60, 700, 11, "Hello there.")).Bookmarks((1, 1, "Hello")).Build();
        string floods = Folder("pdftohtml", "#!/bin/sh\necho '<outline>'; while :; do echo '<item page=\"1\">x</item>'; done\n");
        string endless = Folder("pdftohtml", "#!/bin/sh\nexec head -c 100000000 /dev/zero\n");

        foreach (string tools in new[] { floods, endless })
        {
            var (pages, _) = await Reading.ParseAsync("a.pdf", pdf, new ParsingOptions { ToolsBin = $"{tools}:{Environment.GetEnvironmentVariable("AISAAS_TOOLS_BIN")}" });
            Assert.Equal("Hello there.", Assert.Single(pages).Text);
        }
    }

    [Fact]
    public async Task A_scan_says_that_it_has_no_text_and_a_partly_scanned_file_names_the_pages()
    {
        Assert.Equal("documents:no-text", await Reading.FaultAsync("scan.pdf", new MiniPdf().Scan().Scan().Build()));

        var (pages, input) = await Reading.ParseAsync("partly.pdf", new MiniPdf().Scan().Page((60, 700, 11, "Words.")).Scan().Scan().Build());

        Assert.Equal(["", "Words.", "", ""], pages.Select(page => page.Text));
        Assert.Contains("1, 3–4", input.Notice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Locked_truncated_and_fake_files_fail_with_a_plain_reason()
    {
        byte[] whole = new MiniPdf().Page((60, 700, 11, "Hello")).Build();

        Assert.Equal("documents:encrypted", await Reading.FaultAsync("locked.pdf", new MiniPdf().Page((60, 700, 11, "Secret")).Locked().Build()));
        Assert.Equal("documents:damaged", await Reading.FaultAsync("cut.pdf", whole[..60]));
        Assert.Equal("documents:damaged", await Reading.FaultAsync("fake.pdf", "%PDF-1.7\nnothing of the kind"u8.ToArray()));
        Assert.Equal(
            "documents:no-pdf-reader",
            await Reading.FaultAsync("any.pdf", whole, new ParsingOptions { ToolsBin = Folder("pdfinfo", "#!/bin/sh\nexit 127\n") }));
    }

    [Fact]
    public async Task A_reader_that_hangs_or_runs_wild_is_stopped()
    {
        byte[] pdf = new MiniPdf().Page((60, 700, 11, "Hello")).Build();
        string hangs = Folder("pdftotext", "#!/bin/sh\nexec sleep 600\n");
        string floods = Folder("pdftotext", "#!/bin/sh\necho '<doc>'; while :; do echo '<page width=\"1\" height=\"1\"></page>'; done\n");
        string babbles = Folder("pdftotext", "#!/bin/sh\nwhile :; do echo 'no markup'; done\n");
        long start = Stopwatch.GetTimestamp();

        Assert.Equal("documents:too-costly", await Reading.FaultAsync("a.pdf", pdf, new ParsingOptions { ToolsBin = hangs, ToolTime = TimeSpan.FromSeconds(6) }));
        Assert.Equal("documents:too-much-text", await Reading.FaultAsync("b.pdf", pdf, new ParsingOptions { ToolsBin = floods, ToolOutputBytes = 1 << 20 }));
        Assert.Equal("documents:damaged", await Reading.FaultAsync("c.pdf", pdf, new ParsingOptions { ToolsBin = babbles }));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(60));
    }

    [Fact]
    public void Words_and_blocks_survive_being_packed()
    {
        PageBlock[] blocks = [new(BlockKind.Heading, 2, 0, 5), new(BlockKind.TableRow, 0, 7, 300)];
        Contracts.Documents.TextBox[] boxes = [new(0, 5, 12.5, 700.1, 33, 11.2), new(7, 12, 1, 2, 3, 4), new(2, 4, 0, 0, 0, 0)];

        SectionOpening[] openings = [new(1, 0, "Вступ"), new(6, 300, "序章 🙂")];

        byte[] packed = PageLayout.Pack(blocks, boxes, openings);
        var (unpackedBlocks, unpackedBoxes) = PageLayout.Unpack(packed);

        Assert.Equal(blocks, unpackedBlocks);
        Assert.Equal(boxes, unpackedBoxes);
        Assert.Equal(openings, PageLayout.Openings(packed));
        // As it was packed before there were openings.
        Assert.Empty(PageLayout.Openings([1, .. packed[1..^1]]));
    }

    private static string Folder(string program, string script)
    {
        string folder = Directory.CreateTempSubdirectory("aisaas-tools-").FullName;
        string path = Path.Combine(folder, program);
        File.WriteAllText(path, script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
