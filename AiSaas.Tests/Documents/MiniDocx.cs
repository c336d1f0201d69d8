using System.IO.Compression;
using System.Text;

namespace AiSaas.Tests.Documents;

/// <summary>Writes Word documents by their parts.</summary>
internal static class MiniDocx
{
    public const string Namespace = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

    private const string Styles = $"""
        <w:styles xmlns:w="{Namespace}">
          <w:style w:type="paragraph" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
          <w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/></w:style>
          <w:style w:type="paragraph" w:styleId="Mein"><w:name w:val="Mein Stil"/><w:basedOn w:val="berschrift1"/></w:style>
          <w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
        </w:styles>
        """;

    public static byte[] Build(string body) => Pack(
        ("word/styles.xml", Styles),
        ("word/document.xml", $"""<?xml version="1.0"?><w:document xmlns:w="{Namespace}"><w:body>{body}</w:body></w:document>"""),
        ("docProps/core.xml", """<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:title>House rules</dc:title></cp:coreProperties>"""));

    public static string Paragraph(string text, string? style = null) =>
        $"<w:p><w:pPr>{(style is null ? "" : $"<w:pStyle w:val=\"{style}\"/>")}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>";

    public static byte[] Pack(params (string Name, string Content)[] parts)
    {
        using MemoryStream file = new();
        using (ZipArchive zip = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in parts)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return file.ToArray();
    }

    /// <summary>A part of zeros that packs to almost nothing.</summary>
    public static byte[] Bomb(long bytes)
    {
        using MemoryStream file = new();
        using (ZipArchive zip = new(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            using var entry = zip.CreateEntry("word/document.xml", CompressionLevel.Fastest).Open();
            byte[] zeros = new byte[1 << 20];
            for (long written = 0; written < bytes; written += zeros.Length)
            {
                entry.Write(zeros);
            }
        }

        return file.ToArray();
    }
}
