using System.Text;
using AiSaas.Core.Documents;
using AiSaas.Ingestion.Chunking;
using AiSaas.Llm.Text;

namespace AiSaas.Tests.Documents;

/// <summary>What documents from the world have that ours didn't.</summary>
public sealed class RealDocumentTests
{
    private const string Spreadsheet = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    [Fact]
    public async Task A_table_as_csv_may_have_other_separators_and_cells_of_several_lines()
    {
        var (pages, _) = await Reading.ParseAsync("parts.csv", "Name;Notiz;Preis\r\nPumpe;\"Zeile eins\r\nZeile zwei; mit \"\"Semikolon\"\"\";12,50\r\n\r\nDeckel;;3,00");

        Assert.Equal(
            ["TableRow: Name | Notiz | Preis", "TableRow: Name: Pumpe | Notiz: Zeile eins Zeile zwei; mit \"Semikolon\" | Preis: 12,50", "TableRow: Name: Deckel | Preis: 3,00"],
            Reading.Outline(pages));
        Assert.Equal(["TableRow: 1 | 2", "TableRow: 3 | 4"], Reading.Outline((await Reading.ParseAsync("numbers.tsv", "1\t2\n3\t4\n")).Pages));
    }

    [Fact]
    public async Task A_quote_that_is_never_closed_costs_no_text()
    {
        var (pages, _) = await Reading.ParseAsync("open.csv", "a,\"b\n" + string.Concat(Enumerable.Repeat("one,two\n", 60_000)));

        Assert.Equal(120_000, pages.Sum(page => page.Text.Split("one").Length - 1 + page.Text.Split("two").Length - 1));
    }

    [Fact]
    public async Task Json_says_what_stands_where_without_escapes()
    {
        var (pages, _) = await Reading.ParseAsync("data.json", """
            {"server": {"port": 80, "hosts": ["a", "b"]}, "users": [{"name": "J\u00fcrgen", "address": {"city": "K\u00f6ln"}, "orders": [{"id": 1}]}, {"name": "\ud83d\ude00"}]}
            """);
        var (lines, _) = await Reading.ParseAsync("data.jsonl", "{\"q\":\"Wie?\",\"a\":\"So \\u00fc\"}\n{\"q\":\"Two\",\"n\":[1,2]}\n");

        Assert.Equal(
            ["TableRow: server.port: 80", "TableRow: server.hosts: a, b", "TableRow: users › name: Jürgen | address.city: Köln", "TableRow: users.orders › id: 1", "TableRow: users › name: 😀"],
            Reading.Outline(pages));
        Assert.Equal(["TableRow: q: Wie? | a: So ü", "TableRow: q: Two | n: 1, 2"], Reading.Outline(lines));
        Assert.Equal(["Code: {\"half\": "[..^1]], Reading.Outline((await Reading.ParseAsync("half.json", "{\"half\": ")).Pages));
    }

    [Fact]
    public async Task A_page_laid_out_by_tables_is_read_as_its_parts_and_links_around_the_site_are_not()
    {
        var (pages, _) = await Reading.ParseAsync("old.html", """
            <html><body><div class="navheader"><a href="a">Prev</a> Chapter 3</div><p><a accesskey="n" href="b">Next</a>: Pumps</p>
            <table><tr><td><h2>Safety</h2><p>Close the valve.</p><p>Then wait.</p><ol start="3"><li>Third<li>Fourth</ol>
            <table><tr><th>Name<th>Age<tr><td>Ada<td>36</table><pre>code
              here</pre></td></tr></table>
            <p>Taxed<sup><a href="#n1">1</a></sup> goods.</p><aside><p>Note: keep dry.</p></aside><p><ruby>漢<rt>かん</rt>字<rt>じ</rt></ruby></p>
            <p style="display: none">unseen</p></body></html>
            """);

        Assert.Equal(
            [
                "Heading 2: Safety", "Paragraph: Close the valve.", "Paragraph: Then wait.", "ListItem: 3. Third", "ListItem: 4. Fourth", "TableRow: Name | Age", "TableRow: Ada | 36",
                "Code: code\n  here", "Paragraph: Taxed[1] goods.", "Paragraph: Note: keep dry.", "Paragraph: 漢字",
            ],
            Reading.Outline(pages));
    }

    [Fact]
    public async Task A_list_of_links_is_a_table_of_contents_unless_the_page_is_nothing_else()
    {
        string links = $"<ul>{string.Concat(Enumerable.Range(1, 9).Select(i => $"<li><a href='#s{i}'>{i}. Section</a></li>"))}</ul>";
        string text = string.Concat(Enumerable.Repeat("<p>The lid is opened after the pump has been switched off by its operator.</p>", 9));

        var (whole, _) = await Reading.ParseAsync("manual.html", $"<html><body><h1>Manual</h1>{links}{text}</body></html>");
        var (bare, _) = await Reading.ParseAsync("index.html", $"<html><body><h1>Index</h1>{links}</body></html>");

        Assert.Equal(9, whole.Sum(page => page.Blocks.Count(block => block.Kind == BlockKind.Contents)));
        Assert.Equal(9, bare.Single().Blocks.Count(block => block.Kind == BlockKind.ListItem));
    }

    [Fact]
    public async Task Elements_that_close_in_one_tag_swallow_nothing_and_drawings_do_not_nest()
    {
        var (pages, _) = await Reading.ParseAsync("chapter.xhtml", """
            <?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html><head><title/><script src="x.js"/></head><body><a id="a"/><h1>One</h1><p>Text<br/>with <i/>anchors.</p></body></html>
            """);
        string drawing = $"<svg><title>Map</title><g>{string.Concat(Enumerable.Repeat("<path d='M0 0'/><circle r=\"1>\" />", 5_000))}</g></svg>";
        string trick = $"<svg><desc><div></desc>{string.Concat(Enumerable.Repeat("<path/>", 5_000))}";

        Assert.Equal(["Heading 1: One", "Paragraph: Text\nwith anchors."], Reading.Outline(pages));
        Assert.Equal("Seen.", (await Reading.ParseAsync("drawn.html", $"<html><body>{drawing}<p>Seen.</p></body></html>")).Pages.Single().Text);
        Assert.Equal("documents:too-deep", await Reading.FaultAsync("trick.html", Encoding.UTF8.GetBytes(trick)));
    }

    [Fact]
    public async Task A_word_document_has_its_notes_and_the_numbers_that_stand_on_paper_only()
    {
        static string Item(string text, int level, string extra = "") =>
            $"<w:p><w:pPr><w:numPr><w:ilvl w:val=\"{level}\"/><w:numId w:val=\"7\"/></w:numPr>{extra}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>";
        var (pages, _) = await Reading.ParseAsync("contract.docx", MiniDocx.Pack(
            ("word/numbering.xml", $"""
                <w:numbering xmlns:w="{MiniDocx.Namespace}"><w:abstractNum w:abstractNumId="3"><w:lvl w:ilvl="0"><w:start w:val="4"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
                <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="3"/></w:num></w:numbering>
                """),
            ("word/footnotes.xml", $"""
                <w:footnotes xmlns:w="{MiniDocx.Namespace}"><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>
                <w:footnote w:id="2"><w:p><w:r><w:t xml:space="preserve">Red, at the </w:t></w:r><w:r><w:t>left wall.</w:t></w:r></w:p></w:footnote></w:footnotes>
                """),
            ("word/document.xml", $"""
                <w:document xmlns:w="{MiniDocx.Namespace}"><w:body>{Item("Liability", 0, "<w:outlineLvl w:val=\"0\"/>")}{Item("of the seller", 1)}{Item("of the buyer", 1)}{Item("Term", 0)}
                <w:p><w:r><w:t>Close the valve</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r><w:r><w:t>.</w:t></w:r></w:p></w:body></w:document>
                """)));

        Assert.Equal(
            ["Heading 1: 4. Liability", "ListItem: 4.a of the seller", "ListItem: 4.b of the buyer", "ListItem: 5. Term", "Paragraph: Close the valve[1].", "Paragraph: [1] Red, at the left wall."],
            Reading.Outline(pages));
    }

    [Fact]
    public async Task Years_name_columns_and_a_merged_cell_counts_for_each_of_its_rows()
    {
        var (pages, _) = await Reading.ParseAsync("sales.xlsx", MiniDocx.Pack(
            ("xl/workbook.xml", $"<workbook xmlns='{Spreadsheet}' xmlns:r='r'><sheets><sheet name='Sales' sheetId='1' r:id='rId1'/></sheets></workbook>"),
            ("xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id='rId1' Target='worksheets/sheet1.xml'/></Relationships>"),
            ("xl/worksheets/sheet1.xml", $"""
                <worksheet xmlns="{Spreadsheet}"><sheetData>
                <row r="1"><c r="A1" t="inlineStr"><is><t>Region</t></is></c><c r="B1" t="inlineStr"><is><t>City</t></is></c><c r="C1"><v>2024</v></c></row>
                <row r="2"><c r="A2" t="inlineStr"><is><t>North</t></is></c><c r="B2" t="inlineStr"><is><t>Oslo</t></is></c><c r="C2"><v>5</v></c></row>
                <row r="3"><c r="A3"/><c r="B3" t="inlineStr"><is><t>Turku</t></is></c><c r="C3"><v>6</v></c></row>
                <row r="4"><c r="B4" t="inlineStr"><is><t>Rome</t></is></c><c r="C4"><v>7</v></c></row></sheetData>
                <mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells></worksheet>
                """)));

        Assert.Equal(
            [
                "Heading 1: Sales", "TableRow: Region | City | 2024", "TableRow: Region: North | City: Oslo | 2024: 5", "TableRow: Region: North | City: Turku | 2024: 6", "TableRow: City: Rome | 2024: 7",
            ],
            Reading.Outline(pages));
    }

    [Fact]
    public async Task Markdown_has_html_in_it_footnotes_and_a_title_in_front()
    {
        var (pages, input) = await Reading.ParseAsync("readme.md", """
            ---
            title: "Pump manual"
            ---
            <p align="center"><b>Keep</b> it dry.</p>

            Close it.[^a]

            [^a]: Word
            """);

        Assert.Equal("Pump manual", input.Title);
        Assert.Equal(["Paragraph: Keep it dry.", "Paragraph: Close it.", "Paragraph: Word"], Reading.Outline(pages));
    }

    [Fact]
    public async Task A_chapter_without_a_heading_is_called_as_the_contents_call_it()
    {
        var (pages, _) = await Reading.ParseAsync("novel.epub", MiniDocx.Pack(
            ("META-INF/container.xml", "<container><rootfiles><rootfile full-path='b/book.opf'/></rootfiles></container>"),
            ("b/book.opf", """
                <?xml version="1.0"?><!DOCTYPE package PUBLIC "+//ISBN 0-9673008-1-9//DTD OEB 1.2 Package//EN" "http://openebook.org/dtds/oeb-1.2/oebpkg12.dtd">
                <package><manifest><item id="n" href="toc.ncx" media-type="application/x-dtbncx+xml"/><item id="c" href="t/one.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>
                """),
            ("b/toc.ncx", "<!DOCTYPE ncx PUBLIC 'x' 'http://x/y.dtd'><ncx><navMap><navPoint><navLabel><text>The storm</text></navLabel><content src='t/one.xhtml#a'/></navPoint></navMap></ncx>"),
            ("b/t/one.xhtml", "<?xml version='1.0'?><html><head><title/></head><body><p>It rained.</p></body></html>")));

        Assert.Equal(["Heading 1: The storm", "Paragraph: It rained."], Reading.Outline(pages));
    }

    [Fact]
    public void What_follows_a_table_of_contents_is_no_part_of_it()
    {
        Chunker chunker = new("Title", new ChunkingOptions(), new ApproximateTokenCounter());
        const string Text = "Table of Contents\n\n1. Purpose\n\nThe pump moves water from the lower to the upper basin.";

        var chunks = chunker.Next(1, Text, [new(BlockKind.Heading, 1, 0, 17), new(BlockKind.Heading, 2, 19, 29), new(BlockKind.Paragraph, 0, 31, Text.Length)]);

        Assert.Equal("1. Purpose", chunks.Concat(chunker.End()).Last().Section);
    }
}
