using System.Text;
using AiSaas.Ingestion.Parsing;

namespace AiSaas.Tests.Documents;

public sealed class ParserTests
{
    [Fact]
    public async Task Markdown_keeps_headings_lists_tables_and_code_and_drops_front_matter()
    {
        var (pages, input) = await Reading.ParseAsync("guide.md", """
            ---
            layout: page
            ---
            # Coffee machine

            Press **Start**, then wait for [the light](https://example.com).

            ## Cleaning

            1. Empty the tray
            2. Rinse
               - with warm water

            | Part | Interval |
            |------|----------|
            | Tray | daily |

            ```sh
              make clean
            ```
            """);

        Assert.Equal("Coffee machine", input.Title);
        Assert.Equal(
            [
                "Heading 1: Coffee machine", "Paragraph: Press Start, then wait for the light.", "Heading 2: Cleaning",
                "ListItem: 1. Empty the tray", "ListItem: 2. Rinse", "ListItem: - with warm water", "TableRow: Part | Interval",
                "TableRow: Tray | daily", "Code:   make clean",
            ],
            Reading.Outline(pages));
    }

    [Fact]
    public async Task Html_is_its_main_content_without_navigation_and_scripts()
    {
        var (pages, input) = await Reading.ParseAsync("page.html", """
            <html><head><title>Site - Refunds</title><script>steal()</script></head><body>
            <nav>Home About</nav><header>Banner</header>
            <h1>Refunds</h1><p>Money comes back   within <b>14 days</b>.<br>Always.</p>
            <ul><li>Keep the receipt</li><li><p>Send it in</p></li></ul>
            <table><tr><th>Item</th><th>Fee</th></tr><tr><td>Book</td><td>none</td></tr></table>
            <pre>code  here</pre><p hidden>secret</p><footer>Imprint</footer></body></html>
            """);

        Assert.Equal("Refunds", input.Title);
        Assert.Equal(
            [
                "Heading 1: Refunds", "Paragraph: Money comes back within 14 days.\nAlways.", "ListItem: - Keep the receipt",
                "ListItem: - Send it in", "TableRow: Item | Fee", "TableRow: Book | none", "Code: code  here",
            ],
            Reading.Outline(pages));
    }

    [Fact]
    public async Task A_page_may_be_nested_deeply_but_not_to_exhaust_its_reader()
    {
        string deep = string.Concat(Enumerable.Repeat("<div>", 1_000));
        string deeper = string.Concat(Enumerable.Repeat("<x-y a='>'>", 100_000));

        var (pages, _) = await Reading.ParseAsync("deep.html", $"<body>{deep}<p>At the bottom of it all.</p>");

        Assert.Contains("At the bottom of it all.", pages[0].Text, StringComparison.Ordinal);
        Assert.Equal("documents:too-deep", await Reading.FaultAsync("deeper.html", Encoding.UTF8.GetBytes(deeper)));
        Assert.Equal("documents:too-deep", await Reading.FaultAsync("wide.html", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes(deeper)]));
    }

    [Fact]
    public async Task A_word_document_gives_headings_by_style_rows_of_tables_and_no_deleted_text()
    {
        byte[] file = MiniDocx.Build(
            MiniDocx.Paragraph("Contents ... 3", "TOC1") + MiniDocx.Paragraph("Opening hours", "Mein")
            + "<w:p><w:r><w:t>We open at nine</w:t></w:r><w:del><w:r><w:delText>ten</w:delText></w:r></w:del><w:r><w:t xml:space=\"preserve\"> and close at five.</w:t></w:r></w:p>"
            + "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"2\"/></w:numPr></w:pPr><w:r><w:t>Ring twice</w:t></w:r></w:p>"
            + $"<w:tbl><w:tr><w:tc>{MiniDocx.Paragraph("Day")}</w:tc><w:tc>{MiniDocx.Paragraph("Hours")}</w:tc></w:tr>"
            + $"<w:tr><w:tc>{MiniDocx.Paragraph("Sunday")}</w:tc><w:tc>{MiniDocx.Paragraph("closed")}</w:tc></w:tr></w:tbl>");

        var (pages, input) = await Reading.ParseAsync("rules.docx", file);

        Assert.Equal("House rules", input.Title);
        Assert.Equal(
            [
                "Heading 1: Opening hours", "Paragraph: We open at nine and close at five.", "ListItem: - Ring twice",
                "TableRow: Day | Hours", "TableRow: Sunday | closed",
            ],
            Reading.Outline(pages));
    }

    public static TheoryData<string, byte[]> Encodings() => new()
    {
        { "utf-8", Encoding.UTF8.GetBytes("Käse für 5 € – déjà vu") },
        { "utf-8 with mark", [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes("Käse für 5 € – déjà vu")] },
        { "utf-16 with mark", [0xFF, 0xFE, .. Encoding.Unicode.GetBytes("Käse für 5 € – déjà vu")] },
        { "utf-16 big endian with mark", [0xFE, 0xFF, .. Encoding.BigEndianUnicode.GetBytes("Käse für 5 € – déjà vu")] },
        { "utf-16 without mark", Encoding.Unicode.GetBytes("Käse für 5 € – déjà vu") },
        { "windows-1252", CodePagesEncodingProvider.Instance.GetEncoding(1252)!.GetBytes("Käse für 5 € – déjà vu") },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task Text_is_read_in_any_common_encoding(string encoding, byte[] content)
    {
        var (pages, _) = await Reading.ParseAsync("note.txt", content);

        Assert.True(pages.Single().Text == "Käse für 5 € – déjà vu", encoding);
    }

    [Fact]
    public async Task Text_wrapped_by_a_program_is_joined_and_lines_that_mean_something_stay()
    {
        var (pages, _) = await Reading.ParseAsync("letter.txt", """
            CHAPTER ONE

            It was the first week of the long rains, when the road to the
            coast is closed and the letters of a whole month arrive at
            once.

            Roses are red
            Violets are blue
            """);

        Assert.Equal(
            [
                "Heading 1: CHAPTER ONE",
                "Paragraph: It was the first week of the long rains, when the road to the coast is closed and the letters of a whole month arrive at once.",
                "Paragraph: Roses are red\nViolets are blue",
            ],
            Reading.Outline(pages));
    }

    [Fact]
    public async Task One_line_of_many_megabytes_is_cut_between_characters_and_loses_none()
    {
        string text = string.Concat(Enumerable.Repeat("🙂é漢字", 300_000));

        var (pages, _) = await Reading.ParseAsync("line.txt", text);

        Assert.True(pages.Count > 400);
        Assert.Equal(text, string.Concat(pages.Select(page => page.Text)));
        Assert.All(pages, page => Assert.False(char.IsLowSurrogate(page.Text[0]) || char.IsHighSurrogate(page.Text[^1])));
    }

    [Fact]
    public async Task A_table_as_csv_keeps_its_rows()
    {
        var (pages, _) = await Reading.ParseAsync("prices.csv", "item,price\r\nbook,12\r\npen,2\r\n");

        Assert.Equal(["TableRow: item | price", "TableRow: item: book | price: 12", "TableRow: item: pen | price: 2"], Reading.Outline(pages));
    }

    [Fact]
    public async Task Hostile_and_broken_files_fail_with_a_plain_reason()
    {
        string xmlBomb = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]>""";
        byte[] entities = MiniDocx.Pack(("word/document.xml", $"{xmlBomb}<w:document xmlns:w=\"{MiniDocx.Namespace}\"><w:p><w:r><w:t>&c;</w:t></w:r></w:p></w:document>"));
        byte[] zip = MiniDocx.Pack(("readme.txt", "just a zip"));
        byte[] whole = MiniDocx.Build(MiniDocx.Paragraph("Hello"));

        Assert.Equal("documents:unpacks-too-large", await Reading.FaultAsync("bomb.docx", MiniDocx.Bomb(300L << 20)));
        Assert.Equal("documents:damaged", await Reading.FaultAsync("entities.docx", entities));
        Assert.Equal("documents:not-what-it-says", await Reading.FaultAsync("zip.docx", zip));
        Assert.Equal("documents:damaged", await Reading.FaultAsync("half.docx", whole[..(whole.Length / 2)]));
        Assert.Equal("documents:no-text", await Reading.FaultAsync("blank.docx", MiniDocx.Build("<w:p/>")));
        Assert.Equal("documents:no-text", await Reading.FaultAsync("blank.txt", "  \n \n"u8.ToArray()));
        Assert.Equal("documents:too-much-text", await Reading.FaultAsync("big.html", Encoding.UTF8.GetBytes(new string((char)120, 2000)), new ParsingOptions { MaxTreeBytes = 1024 }));
    }
}
