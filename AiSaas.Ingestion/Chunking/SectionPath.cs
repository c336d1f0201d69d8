using AiSaas.Ingestion.Parsing;

namespace AiSaas.Ingestion.Chunking;

/// <summary>The headings that are open at a place in the document.</summary>
internal sealed class SectionPath(string title)
{
    public const string Separator = " › ";
    private const int LongestHeading = 120;

    /// <summary>How tables of contents are called.</summary>
    public static readonly HashSet<string> Contents = new(StringComparer.OrdinalIgnoreCase) { "contents", "table of contents" };

    private readonly List<(int Level, string Text, int Number)> _open = [];
    private readonly string _title = title;
    private int _numbers;
    private int _root;

    /// <summary>Null where no heading is open, or only the document's own title.</summary>
    public string? Section { get; private set; }

    public string Header { get; private set; } = title;

    /// <summary>The open headings by number, outermost first, below the number of the document's title: two sections of one name differ.</summary>
    public int[] Path { get; private set; } = [0];

    /// <summary>Of the innermost heading; 0 where none is open.</summary>
    public int Level => _open is [.., var innermost] ? innermost.Level : 0;

    public void Enter(int level, ReadOnlySpan<char> heading)
    {
        string text = CleanText.Collapse(heading);
        if (text.Length > LongestHeading)
        {
            text = text[..TextCuts.Before(text, 0, LongestHeading)].TrimEnd() + "…";
        }

        // Whatever its level: what follows a table of contents is no part of it.
        _open.RemoveAll(above => above.Level >= level || Contents.Contains(above.Text));
        // The title stands in front of every header already.
        if (level > 0 && !text.Equals(_title, StringComparison.OrdinalIgnoreCase))
        {
            _open.Add((level, text, ++_numbers));
        }
        else if (_open.Count == 0)
        {
            _root = ++_numbers;
        }

        Section = _open.Count == 0 ? null : string.Join(Separator, _open.Select(above => above.Text));
        Header = Section is null ? _title : _title + Separator + Section;
        Path = [_root, .. _open.Select(above => above.Number)];
    }
}
