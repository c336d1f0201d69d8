using System.Text;
using AiSaas.Ingestion.Parsing;

namespace AiSaas.Tests.Documents;

/// <summary>Presentations, spreadsheets and e-books, written part by part.</summary>
public sealed class OfficeParserTests
{
    private const string Relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    [Fact]
    public async Task A_presentation_has_a_page_for_each_slide_in_the_order_of_the_show_with_its_notes()
    {
        var (pages, input) = await Reading.ParseAsync("talk.pptx", MiniDocx.Pack(
            ("ppt/presentation.xml", $"""
                <p:presentation xmlns:p="p" xmlns:r="{Relations}"><p:sldIdLst>
                <p:sldId id="256" r:id="rId3"/><p:sldId id="257" r:id="rId9"/><p:sldId id="258" r:id="rId2"/></p:sldIdLst></p:presentation>
                """),
            ("ppt/_rels/presentation.xml.rels", """
                <Relationships><Relationship Id="rId2" Target="slides/slide1.xml"/><Relationship Id="rId3" Target="/ppt/slides/slide2.xml"/>
                <Relationship Id="rId9" Target="slides/empty.xml"/><Relationship Id="rId4" Target="http://evil.example/x.xml" TargetMode="External"/></Relationships>
                """),
            ("ppt/slides/slide1.xml", Slide("Thanks", "Questions?")),
            ("ppt/slides/empty.xml", "<p:sld xmlns:p='p'/>"),
            ("ppt/slides/slide2.xml", Slide("Launch plan", "Ship in May", """
                <a:tbl><a:tr><a:tc><a:p><a:r><a:t>Task</a:t></a:r></a:p></a:tc><a:tc><a:p><a:r><a:t>Owner</a:t></a:r></a:p></a:tc></a:tr></a:tbl>
                """)),
            ("ppt/slides/_rels/slide2.xml.rels", """<Relationships><Relationship Id="rId1" Target="../notesSlides/notesSlide1.xml"/></Relationships>"""),
            ("ppt/notesSlides/notesSlide1.xml", """
                <p:notes xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="body"/></p:nvPr><a:p><a:r><a:t>Say it slowly.</a:t></a:r></a:p></p:sp>
                <p:sp><p:nvPr><p:ph type="sldNum"/></p:nvPr><a:p><a:r><a:t>1</a:t></a:r></a:p></p:sp></p:notes>
                """)));

        Assert.Equal([1, 3], pages.Select(page => page.Number));
        Assert.Equal(
            ["Heading 1: Launch plan", "ListItem: - Ship in May", "TableRow: Task | Owner", "Paragraph: Say it slowly."],
            Reading.Outline(pages[..1]));
        Assert.Equal(["Heading 1: Thanks", "ListItem: - Questions?"], Reading.Outline(pages[1..]));
        Assert.Null(input.Title);
    }

    [Fact]
    public async Task A_spreadsheets_rows_say_what_their_columns_are_and_dates_are_dates()
    {
        var (pages, _) = await Reading.ParseAsync("people.xlsx", Workbook(
            """
            <row r="1"><c r="A1" t="s"><v>3</v></c></row>
            <row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="D2" t="inlineStr"><is><t>Share</t></is></c></row>
            <row r="3"><c r="A3" t="s"><v>2</v></c><c r="B3" s="1"><v>45000</v></c><c r="D3" s="2"><v>0.125</v></c></row>
            <row r="4"/>
            <row r="5"><c r="A5" t="str"><f>A3&amp;"!"</f><v>Ada!</v></c><c r="C5"><v>0.30000000000000004</v></c><c r="D5" t="b"><v>1</v></c></row>
            """));

        Assert.Equal(
            [
                "Heading 1: Staff", "TableRow: The team", "TableRow: Name | Born | Share", "TableRow: Name: Ada | Born: 2023-03-15 | Share: 12.5%",
                "TableRow: Name: Ada! | 0.3 | Share: yes",
            ],
            Reading.Outline(pages));
    }

    [Fact]
    public async Task A_sheet_of_ten_thousand_columns_is_read_to_its_last()
    {
        StringBuilder row = new("<row>");
        for (int column = 0; column < 10_000; column++)
        {
            row.Append("<c><v>").Append(column).Append("</v></c>");
        }

        var (pages, _) = await Reading.ParseAsync("wide.xlsx", Workbook(row + "</row>"));

        Assert.EndsWith("9998 | 9999", pages[^1].Text, StringComparison.Ordinal);
        Assert.All(pages, page => Assert.InRange(page.Text.Length, 1, 4000));
    }

    [Fact]
    public async Task An_e_book_is_its_chapters_in_the_order_of_the_spine_without_its_contents()
    {
        var (pages, input) = await Reading.ParseAsync("novel.epub", Book("""
            <item id="toc" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
            <item id="two" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
            <item id="one" href="text/one.xhtml" media-type="application/xhtml+xml"/>
            <item id="css" href="a.css" media-type="text/css"/>
            """));

        Assert.Equal("The Voyage", input.Title);
        Assert.Equal(
            ["Heading 1: Departure", "Paragraph: They left at dawn.", "Heading 1: Landfall", "Paragraph: They saw an island."],
            Reading.Outline(pages));
    }

    [Theory]
    [InlineData("talk.pptx", "documents:not-what-it-says")]
    [InlineData("people.xlsx", "documents:not-what-it-says")]
    [InlineData("novel.epub", "documents:not-what-it-says")]
    public async Task Another_archive_under_such_a_name_is_refused_in_words(string name, string code) =>
        Assert.Equal(code, await Reading.FaultAsync(name, MiniDocx.Build("")));

    [Fact]
    public async Task An_entity_bomb_in_a_sheet_is_a_damaged_file() =>
        Assert.Equal("documents:damaged", await Reading.FaultAsync("bomb.xlsx", MiniDocx.Pack(
            ("xl/workbook.xml", "<!DOCTYPE a [<!ENTITY x \"xxxxxxxxxx\"><!ENTITY y \"&x;&x;&x;&x;\">]><workbook>&y;</workbook>"))));

    [Fact]
    public async Task A_protected_e_book_is_refused_in_words() =>
        Assert.Equal("documents:encrypted", await Reading.FaultAsync("novel.epub", MiniDocx.Pack(("META-INF/rights.xml", "<rights/>"))));

    [Fact]
    public async Task A_chapter_larger_than_a_tree_may_be_is_refused()
    {
        ParsingOptions small = new() { MaxTreeBytes = 1 << 10 };
        byte[] book = MiniDocx.Pack(
            ("META-INF/container.xml", """<container><rootfiles><rootfile full-path="o.opf"/></rootfiles></container>"""),
            ("o.opf", """<package><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>"""),
            ("a.xhtml", $"<p>{new string('a', 4096)}</p>"));

        Assert.Equal("documents:too-much-text", await Reading.FaultAsync("novel.epub", book, small));
    }

    private static string Slide(string title, string text, string rest = "") => $"""
        <p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="title"/></p:nvPr><a:p><a:r><a:t>{title}</a:t></a:r></a:p></p:sp>
        <p:sp><p:nvPr><p:ph idx="1"/></p:nvPr><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sp>
        <p:sp><p:nvPr><p:ph type="ftr"/></p:nvPr><a:p><a:r><a:t>ACME</a:t></a:r></a:p></p:sp>{rest}</p:sld>
        """;

    private static byte[] Workbook(string rows) => MiniDocx.Pack(
        ("xl/workbook.xml", $"""<workbook xmlns:r="{Relations}"><sheets><sheet name="Staff" sheetId="1" r:id="rId1"/></sheets></workbook>"""),
        ("xl/_rels/workbook.xml.rels", """<Relationships><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>"""),
        ("xl/sharedStrings.xml", "<sst><si><t>Name</t></si><si><r><t>Bo</t></r><r><t>rn</t></r><rPh><t>x</t></rPh></si><si><t>Ada</t></si><si><t>The team</t></si></sst>"),
        ("xl/styles.xml", """
            <styleSheet><numFmts><numFmt numFmtId="170" formatCode="[$-409]d\-mmm\-yy;@"/></numFmts>
            <cellStyleXfs><xf numFmtId="22"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="10"/></cellXfs></styleSheet>
            """),
        ("xl/worksheets/sheet1.xml", $"<worksheet><sheetData>{rows}</sheetData></worksheet>"));

    private static byte[] Book(string items) => MiniDocx.Pack(
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", """<container><rootfiles><rootfile full-path="OEBPS/content.opf"/></rootfiles></container>"""),
        ("OEBPS/content.opf", $"""
            <package xmlns:dc="d"><metadata><dc:title>The Voyage</dc:title></metadata><manifest>{items}</manifest>
            <spine><itemref idref="toc"/><itemref idref="one"/><itemref idref="two"/><itemref idref="none"/></spine></package>
            """),
        ("OEBPS/nav.xhtml", "<html><body><ol><li>Departure</li></ol></body></html>"),
        ("OEBPS/text/one.xhtml", "<?xml version='1.0'?><html><body><h1>Departure</h1><p>They left at dawn.</p><script>steal()</script></body></html>"),
        ("OEBPS/text/two b.xhtml", "<html><body><h1>Landfall</h1><p>They saw an island.</p></body></html>"));
}
