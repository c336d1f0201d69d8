using System.Text;
using AiSaas.Core.Documents;

namespace AiSaas.Tests.Documents;

public sealed class FormatTests
{
    [Theory]
    [InlineData("report.PDF", "%PDF-1.7", DocumentFormats.Pdf)]
    [InlineData("mail.pdf", "From me\r\n%PDF-1.7", DocumentFormats.Pdf)]
    [InlineData("letter.docx", "PK\u0003\u0004", DocumentFormats.Docx)]
    [InlineData("talk.pptx", "PK\u0003\u0004", DocumentFormats.Pptx)]
    [InlineData("table.XLSX", "PK\u0003\u0004", DocumentFormats.Xlsx)]
    [InlineData("novel.epub", "PK\u0003\u0004", DocumentFormats.Epub)]
    [InlineData("page.htm", "<html>", DocumentFormats.Html)]
    [InlineData("notes.md", "# Notes", DocumentFormats.Markdown)]
    [InlineData("table.csv", "a,b", DocumentFormats.Csv)]
    [InlineData("letter.eml", "From: me@example.com", DocumentFormats.Mail)]
    [InlineData("manuals.zip", "PK\u0003\u0004", DocumentFormats.Zip)]
    [InlineData("README", "Read me", DocumentFormats.Text)]
    [InlineData("program.py", "print('MZ')", DocumentFormats.Text)]
    public void Names_and_first_bytes_that_agree_are_readable(string name, string head, string type) =>
        Assert.Equal(new Recognition.Readable(type), DocumentFormats.Recognize(name, Encoding.Latin1.GetBytes(head)));

    [Theory]
    [InlineData("empty.txt", "", "documents:empty")]
    [InlineData("report.pdf", "MZ\u0090\u0000\u0003\u0000", "documents:not-what-it-says")]
    [InlineData("report.pdf", "plain text", "documents:not-what-it-says")]
    [InlineData("letter.docx", "%PDF-1.7", "documents:not-what-it-says")]
    [InlineData("letter.docx", "\u00D0\u00CF\u0011\u00E0", "documents:not-what-it-says")]
    [InlineData("notes.txt", "%PDF-1.7", "documents:not-what-it-says")]
    [InlineData("notes.txt", "\u0000\u0001\u0002\u0003\u0004\u0005", "documents:not-what-it-says")]
    [InlineData("photo.jpg", "\u00FF\u00D8\u00FF\u00E0", "documents:unsupported")]
    [InlineData("letter.rtf", "{\\rtf1 hello}", "documents:unsupported")]
    [InlineData("table.ods", "PK\u0003\u0004", "documents:unsupported")]
    [InlineData("table.xlsx", "a,b", "documents:not-what-it-says")]
    [InlineData("data.bin", "\u0000\u0001\u0002\u0003\u0004\u0005", "documents:unsupported")]
    public void What_does_not_agree_is_refused_with_a_reason(string name, string head, string code) =>
        Assert.Equal(code, Assert.IsType<Recognition.Refused>(DocumentFormats.Recognize(name, Encoding.Latin1.GetBytes(head))).Failure.Code);

    [Theory]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\Users\\me\\plan.pdf", "plan.pdf")]
    [InlineData("evil\r\nname\u202Efdp.txt", "evilnamefdp.txt")]
    [InlineData("", "unnamed")]
    [InlineData("..", "unnamed")]
    public void A_stored_name_has_no_folders_and_no_tricks(string raw, string safe) => Assert.Equal(safe, DocumentFormats.SafeName(raw));

    [Fact]
    public void A_very_long_name_keeps_its_ending()
    {
        string name = DocumentFormats.SafeName(new string('n', 400) + ".docx");

        Assert.Equal(255, name.Length);
        Assert.EndsWith("n.docx", name, StringComparison.Ordinal);
    }
}
