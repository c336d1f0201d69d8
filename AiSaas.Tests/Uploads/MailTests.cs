using System.Net.Http.Json;
using System.Text;
using AiSaas.Contracts;
using AiSaas.Contracts.Documents;
using AiSaas.Ingestion.Parsing.Formats.Mail;
using AiSaas.Tests.Infrastructure;

namespace AiSaas.Tests.Uploads;

public sealed class MailTests(Product product) : IClassFixture<Product>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private const string Letter = """
        Received: from somewhere
         by elsewhere
        From: =?utf-8?B?w4Vzc2UgSMOkcmRsZQ==?= <asse@example.com>
        To: "Office, Harbour" <office@example.com>
        Subject: =?utf-8?Q?Rechnung_f=C3=BCr_Gr=C3?= =?utf-8?Q?=BCnkohl?=
        Date: Sun, 22 Nov 2026 10:00:00 +0100
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="outer"

        For programs without MIME.
        --outer
        Content-Type: multipart/alternative; boundary=inner

        --inner
        Content-Type: text/plain; charset=iso-8859-15
        Content-Transfer-Encoding: quoted-printable

        The kale costs 12 =A4 and comes on Fri=
        day.
        --inner
        Content-Type: text/html; charset=utf-8

        <p>The kale costs a lot.</p>
        --inner--
        --outer
        Content-Type: text/plain; name="=?utf-8?Q?notiz.txt?="
        Content-Disposition: attachment; filename*0*=utf-8''n%C3%B6; filename*1*=tiz.txt
        Content-Transfer-Encoding: base64

        VGhlIGNlbGxhciBrZXkgaGFu
        Z3MgYmVoaW5kIHRoZSBjbG9jay4=
        --outer
        Content-Type: image/png
        Content-ID: <logo>
        Content-Transfer-Encoding: base64

        iVBORw0KGgo=
        --outer
        Content-Type: message/rfc822

        Subject: Inside
        From: inner@example.com

        A mail in a mail tells of the lighthouse.
        --outer--
        After all.
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mail_is_a_document_and_its_attachments_are_documents_in_it()
    {
        using var account = await product.RegisterAsync();
        var collection = await account.CreateCollectionAsync();

        var info = await account.SettledAsync((await account.UploadAsync(collection, "kale.eml", Crlf(Letter))).Id, Patience);

        Assert.Equal(("ready", "message/rfc822", "Rechnung für Grünkohl"), (info.Status, info.ContentType, info.Title));
        var page = await account.Http.GetFromJsonAsync($"/api/documents/{info.Id}/pages/1", ContractsJson.Default.DocumentPage, Cancellation);
        Assert.Equal(
            "Rechnung für Grünkohl\n\nFrom: Åsse Härdle <asse@example.com>\nTo: \"Office, Harbour\" <office@example.com>\nDate: Sun, 22 Nov 2026 10:00:00 +0100\n\nThe kale costs 12 € and comes on Friday.",
            page!.Text);
        var children = await account.Http.GetFromJsonAsync($"/api/collections/{collection}/documents?parent={info.Id}", ContractsJson.Default.PageDocumentInfo, Cancellation);
        Assert.Equal(["message.eml", "nötiz.txt"], children!.Items.Select(child => child.Name).Order(StringComparer.Ordinal));
        var note = await account.SettledAsync(children.Items.Single(child => child.Name == "nötiz.txt").Id, Patience);
        Assert.Equal("The cellar key hangs behind the clock.", await account.Http.GetStringAsync($"/api/documents/{note.Id}/file", Cancellation));
        Assert.Equal("Inside", (await account.SettledAsync(children.Items.Single(child => child.Name == "message.eml").Id, Patience)).Title);
        Assert.Equal(new ChildDocuments(2, 2, 0), (await account.SettledAsync(info.Id, Patience)).Children);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("\r\n", 1)]
    [InlineData("no header at all, just words", 1)]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n--x\r\n--x\r\n", 3)]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\nnever begins", 0)]
    [InlineData("Content-Type: multipart/mixed; boundary=\r\n\r\ntext", 1)]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnever ends", 1)]
    public async Task Hostile_mails_end(string mail, int parts)
    {
        for (int step = 1; step <= 7; step += 3)
        {
            Assert.Equal(parts, (await PartsAsync(new Dripping(Encoding.UTF8.GetBytes(mail), step))).Count);
        }
    }

    [Fact]
    public async Task Depth_and_number_of_parts_are_bounded()
    {
        StringBuilder deep = new();
        for (int i = 0; i < 5_000; i++)
        {
            deep.Append($"Content-Type: multipart/mixed; boundary=b{i}x\r\n\r\n--b{i}x\r\n");
        }

        string many = "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + string.Concat(Enumerable.Repeat("--x\r\n\r\na\r\n", 20_000));
        string line = "Subject: " + new string('s', 3_000_000) + "\r\n\r\ntext";

        Assert.Single(await PartsAsync(new Dripping(Encoding.UTF8.GetBytes(deep.ToString()), 1000)));
        Assert.InRange((await PartsAsync(new Dripping(Encoding.UTF8.GetBytes(many), 1000))).Count, 900, 1_000);
        Assert.Equal("text", Assert.Single(await PartsAsync(new Dripping(Encoding.UTF8.GetBytes(line), 5000))));
    }

    [Theory]
    [InlineData("a=?utf-8?Q?b?= =?utf-8?Q?c?= d", "abc d")]
    [InlineData("=?utf-8?B?w4U=?= =?iso-8859-1?Q?=C5?=", "ÅÅ")]
    [InlineData("=?utf-8?B?4oI=?= =?utf-8?B?rA==?=", "€")]
    [InlineData("=?nonsense-7?Q?plain?=", "plain")]
    [InlineData("=?utf-8?X?plain?=", "=?utf-8?X?plain?=")]
    [InlineData("=?gb2312?B?xOO6ww==?=", "你好")]
    public void Encoded_words_are_read(string header, string text) => Assert.Equal(text, EncodedWords.Decode(header));

    [Fact]
    public async Task A_mail_without_text_is_found_by_its_head()
    {
        var (pages, title) = await ReadAsync("Subject: Only this\nFrom: a@example.com\n\n");

        Assert.Equal("Only this", title);
        Assert.Equal("Only this\n\nFrom: a@example.com", Assert.Single(pages));
    }

    [Fact]
    public async Task Formatted_text_is_read_where_there_is_no_plain_one()
    {
        var (pages, _) = await ReadAsync("Subject: S\nContent-Type: text/html; charset=windows-1251\nContent-Transfer-Encoding: quoted-printable\n\n<p>=CF=F0=E8=E2=E5=F2</p><script>x</script>");

        Assert.Equal("S\n\nПривет", Assert.Single(pages));
    }

    private static async Task<(List<string> Pages, string? Title)> ReadAsync(string mail)
    {
        MailParser parser = new(Microsoft.Extensions.Options.Options.Create(new Ingestion.Parsing.ParsingOptions()));
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, mail, Cancellation);
            Ingestion.Parsing.ParserInput input = new(path, "mail.eml");
            List<string> pages = [];
            await foreach (var page in parser.ParseAsync(input, Cancellation))
            {
                pages.Add(page.Text);
            }

            return (pages, input.Title);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<List<string>> PartsAsync(Stream mail)
    {
        List<string> parts = [];
        await foreach (var part in new MailReader(mail).ReadAsync(Cancellation))
        {
            using MemoryStream text = new();
            await part.Content.CopyToAsync(text, Cancellation);
            parts.Add(Encoding.UTF8.GetString(text.ToArray()));
        }

        return parts;
    }

    private static byte[] Crlf(string text) => Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n"));

    /// <summary>Yields a few bytes at a time.</summary>
    private sealed class Dripping(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
    }
}
