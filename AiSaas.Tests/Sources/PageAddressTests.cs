using System.Text;
using AiSaas.Core.Documents;
using AiSaas.Core.Sources;
using AiSaas.Ingestion.Sources;

namespace AiSaas.Tests.Sources;

public sealed class PageAddressTests
{
    [Theory]
    [InlineData("HTTP://Example.COM:80/a/./b/../c?x=1#top", "http://example.com/a/c?x=1")]
    [InlineData("https://example.com:443", "https://example.com/")]
    [InlineData("https://example.com:8443/", "https://example.com:8443/")]
    [InlineData("https://example.com/?", "https://example.com/")]
    [InlineData("https://example.com/p?utm_source=a&id=7&gclid=x&utm_medium=b", "https://example.com/p?id=7")]
    [InlineData("https://example.com/p?fbclid=1", "https://example.com/p")]
    [InlineData("https://example.com/shop;jsessionid=0A1B?id=7", "https://example.com/shop?id=7")]
    [InlineData("https://example.com/caf%c3%a9", "https://example.com/caf%C3%A9")]
    [InlineData("https://example.com/café", "https://example.com/caf%C3%A9")]
    [InlineData("https://example.com./a", "https://example.com/a")]
    [InlineData("https://bücher.example/", "https://xn--bcher-kva.example/")]
    [InlineData("ftp://example.com/", null)]
    [InlineData("https://me:secret@example.com/", null)]
    [InlineData("mailto:me@example.com", null)]
    public void An_address_has_one_spelling(string written, string? expected) =>
        Assert.Equal(expected, PageAddress.Normalize(new Uri(written))?.AbsoluteUri);

    [Theory]
    [InlineData("https://example.com/", "http://www.example.com/a", true)]
    [InlineData("https://example.com/", "https://docs.example.com/", false)]
    [InlineData("https://example.com/", "https://example.com:8443/", false)]
    [InlineData("https://example.com/", "https://example.com.evil.example/", false)]
    public void A_site_is_a_host_with_or_without_www(string one, string other, bool same) =>
        Assert.Equal(same, PageAddress.IsSameSite(new Uri(one), new Uri(other)));

    [Theory]
    [InlineData("https://example.com/", "text/html", "<p>hi", "example.com.html", DocumentFormats.Html)]
    [InlineData("https://example.com/a/index.php?x=1", "text/html", "<p>hi", "index.php.html", DocumentFormats.Html)]
    [InlineData("https://example.com/page.htm", "text/html", "<p>hi", "page.htm", DocumentFormats.Html)]
    [InlineData("https://example.com/readme", "text/plain", "<!DOCTYPE html><p>hi", "readme.html", DocumentFormats.Html)]
    [InlineData("https://example.com/README.md", "text/plain", "# Hi", "README.md", DocumentFormats.Markdown)]
    [InlineData("https://example.com/data", "text/csv", "a,b", "data.csv", DocumentFormats.Csv)]
    [InlineData("https://example.com/api/v1.2", "application/json", "{}", "v1.2.json", DocumentFormats.Json)]
    [InlineData("https://example.com/get?file=7", "application/octet-stream", "%PDF-1.7", "get.pdf", DocumentFormats.Pdf)]
    [InlineData("https://example.com/a.docx", "application/zip", "PK\u0003\u0004", "a.docx", DocumentFormats.Docx)]
    [InlineData("https://example.com/notes", null, "plain words", "notes.txt", DocumentFormats.Text)]
    public void A_format_is_known_by_bytes_then_type_then_name(string url, string? type, string head, string name, string format)
    {
        var (called, recognition) = WebFormats.Recognize(new Uri(url), type, Encoding.ASCII.GetBytes(head));

        Assert.Equal((name, format), (called, Assert.IsType<Recognition.Readable>(recognition).ContentType));
    }

    [Fact]
    public async Task Links_are_absolute_of_this_site_each_once_and_a_base_counts()
    {
        const string Page = """
            <html><head><base href="/docs/v2/"><link rel="canonical" href="https://example.com/docs/"></head><body>
            <a href="a">a</a><a href="./a#x">a again</a><a href="/b">b</a><a href="//other.example/c">c</a><map><area href="d"></map>
            <a href="https://www.example.com/e">e</a><a href="pic.JPG">pic</a><a rel="ugc nofollow" href="f">f</a><a href="http://[bad">bad</a><a>none</a>
            """;

        var links = await PageLinks.ReadAsync(Encoding.UTF8.GetBytes(Page), null, new Uri("https://example.com/start"), TestContext.Current.CancellationToken);

        Assert.Equal(
            ["https://example.com/docs/v2/a", "https://example.com/b", "https://example.com/docs/v2/d", "https://www.example.com/e"],
            links.Links.Select(link => link.AbsoluteUri));
        Assert.Equal("https://example.com/docs/", links.Canonical!.AbsoluteUri);
    }
}
