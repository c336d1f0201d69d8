using System.Globalization;
using System.Text;

namespace AiSaas.Tests.Documents;

/// <summary>Writes small, correct PDFs, so that tests need no files.</summary>
internal sealed class MiniPdf
{
    private readonly List<string> _pages = [];
    private readonly List<(int Level, int Page, string Title)> _bookmarks = [];
    private string _trailer = "";

    public string? Title { get; init; }

    /// <summary>A page of lines at (x, y from the bottom) in a size; A4 in points.</summary>
    public MiniPdf Page(params (double X, double Y, double Size, string Text)[] lines)
    {
        StringBuilder content = new("BT\n");
        foreach (var (x, y, size, text) in lines)
        {
            string escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("(", "\\(", StringComparison.Ordinal).Replace(")", "\\)", StringComparison.Ordinal);
            content.Append(CultureInfo.InvariantCulture, $"/F1 {size} Tf 1 0 0 1 {x} {y} Tm ({escaped}) Tj\n");
        }

        _pages.Add(content.Append("ET").ToString());
        return this;
    }

    /// <summary>A page with a picture's outline and no words, as a scan is.</summary>
    public MiniPdf Scan()
    {
        _pages.Add("0.5 g 50 50 400 600 re f");
        return this;
    }

    /// <summary>A page that is one picture.</summary>
    public MiniPdf Picture(int width, int height, byte[] jpeg, string stamp = "")
    {
        _pages.Add(string.Create(
            CultureInfo.InvariantCulture,
            $"q 595 0 0 842 0 0 cm BI /W {width} /H {height} /CS /RGB /BPC 8 /F /DCT ID {Encoding.Latin1.GetString(jpeg)} EI Q{(stamp.Length == 0 ? "" : $"\nBT /F1 9 Tf 1 0 0 1 60 20 Tm ({stamp}) Tj ET")}"));
        return this;
    }

    /// <summary>An outline; levels count from 1 and go down one at a time.</summary>
    public MiniPdf Bookmarks(params (int Level, int Page, string Title)[] entries)
    {
        _bookmarks.AddRange(entries);
        return this;
    }

    /// <summary>Says that a password is needed, in a way no reader knows.</summary>
    public MiniPdf Locked()
    {
        _trailer = "/Encrypt << /Filter /Secret /V 9 /Length 128 >> /ID [<00> <00>] ";
        return this;
    }

    public byte[] Build()
    {
        List<string> objects =
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            $"<< /Type /Pages /Count {_pages.Count} /Kids [{string.Join(' ', Enumerable.Range(0, _pages.Count).Select(i => $"{5 + (i * 2)} 0 R"))}] >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            $"<< /Title ({Title}) >>",
        ];
        for (int i = 0; i < _pages.Count; i++)
        {
            objects.Add($"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents {6 + (i * 2)} 0 R >>");
            objects.Add($"<< /Length {_pages[i].Length} >>\nstream\n{_pages[i]}\nendstream");
        }

        if (_bookmarks.Count > 0)
        {
            int root = objects.Count + 1;
            objects[0] = $"<< /Type /Catalog /Pages 2 0 R /Outlines {root} 0 R >>";
            objects.Add($"<< /Type /Outlines {Family(root, -1)}>>");
            objects.AddRange(_bookmarks.Select((entry, index) =>
                $"<< /Title ({entry.Title}) /Parent {Parent(root, index)} 0 R /Dest [{3 + (entry.Page * 2)} 0 R /Fit] {Next(root, index)}{Family(root, index)}>>"));
        }

        StringBuilder file = new("%PDF-1.4\n");
        List<int> offsets = [];
        for (int i = 0; i < objects.Count; i++)
        {
            offsets.Add(file.Length);
            file.Append(CultureInfo.InvariantCulture, $"{i + 1} 0 obj\n{objects[i]}\nendobj\n");
        }

        int table = file.Length;
        file.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Count + 1}\n0000000000 65535 f \n");
        foreach (int offset in offsets)
        {
            file.Append(CultureInfo.InvariantCulture, $"{offset:D10} 00000 n \n");
        }

        file.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size {objects.Count + 1} /Root 1 0 R /Info 4 0 R {_trailer}>>\nstartxref\n{table}\n%%EOF\n");
        return Encoding.Latin1.GetBytes(file.ToString());
    }

    private int Parent(int root, int index) =>
        root + 1 + _bookmarks.FindLastIndex(index, index + 1, entry => entry.Level < _bookmarks[index].Level);

    private string Next(int root, int index)
    {
        int next = _bookmarks.FindIndex(index + 1, entry => entry.Level <= _bookmarks[index].Level);
        return next > 0 && _bookmarks[next].Level == _bookmarks[index].Level ? $"/Next {root + 1 + next} 0 R " : "";
    }

    private string Family(int root, int index)
    {
        int level = index < 0 ? 0 : _bookmarks[index].Level;
        var children = _bookmarks.Index().Skip(index + 1).TakeWhile(child => child.Item.Level > level).Where(child => child.Item.Level == level + 1).ToList();
        return children.Count == 0
            ? "" : $"/First {root + 1 + children[0].Index} 0 R /Last {root + 1 + children[^1].Index} 0 R /Count {children.Count} ";
    }
}
