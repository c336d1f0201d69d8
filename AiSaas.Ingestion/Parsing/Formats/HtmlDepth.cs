using System.Text;

namespace AiSaas.Ingestion.Parsing.Formats;

/// <summary>Counts how deeply a page nests its elements, before a tree is made of it.</summary>
/// <remarks>HTML's rules make a parser look through all open elements at every tag, so a page of a hundred thousand nested ones
/// takes minutes, and one of five million takes days. This looks at the tags alone, in one pass over the bytes; zeros are
/// passed over, so UTF-16 is seen through.</remarks>
internal static class HtmlDepth
{
    private const int LongestName = 20;

    // Never nested: they have no content, or the next one closes them.
    private static readonly HashSet<string> Flat = new(StringComparer.Ordinal)
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
        "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "caption", "html", "head", "body",
    };

    // The elements of drawings and formulas, which may close in one tag. Those that have HTML in them (title, desc, foreignObject) are not among them:
    // from such a one on, if it has elements, a drawing's rules hold no longer.
    private static readonly HashSet<string> Drawn = new(StringComparer.Ordinal)
    {
        "svg", "g", "path", "polygon", "polyline", "line", "rect", "circle", "ellipse", "text", "tspan", "textpath", "defs", "use", "image", "stop",
        "lineargradient", "radialgradient", "clippath", "mask", "marker", "pattern", "symbol", "style", "filter", "a", "animate", "animatetransform", "fegaussianblur",
        "feoffset", "femerge", "femergenode", "feblend", "fecolormatrix", "feflood", "fecomposite", "math", "mrow", "mi", "mo", "mn", "msup", "msub", "mfrac", "msqrt",
        "mspace", "mtable", "mtr", "mtd", "mover", "munder", "mtext", "semantics", "annotation", "mstyle", "mpadded", "msubsup", "munderover", "none", "mprescripts",
    };

    public static async Task<bool> ExceedsAsync(Stream page, int most, CancellationToken cancellation)
    {
        byte[] buffer = new byte[64 << 10];
        Scan scan = new(most);
        for (int read; (read = await page.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (scan.Feed(buffer.AsSpan(0, read)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The same for a page that is in memory.</summary>
    public static bool Exceeds(ReadOnlySpan<byte> page, int most) => new Scan(most).Feed(page);

    private sealed class Scan(int most)
    {
        private readonly StringBuilder _name = new(LongestName);
        private State _state;
        private bool _closes;
        private bool _selfCloses;
        private char _quote;
        private int _drawing;
        private int _titled;
        private int _depth;

        private enum State
        {
            Text,
            Opened,
            Name,
            Drawing,
        }

        public bool Feed(ReadOnlySpan<byte> bytes)
        {
            foreach (byte value in bytes)
            {
                if (value != 0)
                {
                    Take((char)(value | 0x20), (char)value);
                }
            }

            return _depth > most;
        }

        private void Take(char lower, char letter)
        {
            switch (_state)
            {
                case State.Text:
                    _state = letter == '<' ? State.Opened : State.Text;
                    break;
                case State.Opened when letter == '/' && !_closes:
                    _closes = true;
                    break;
                case State.Opened when lower is >= 'a' and <= 'z':
                    _name.Clear().Append(lower);
                    _state = State.Name;
                    break;
                case State.Opened:
                    (_state, _closes) = (letter == '<' ? State.Opened : State.Text, false);
                    break;
                case State.Name when (char.IsAsciiLetterOrDigit(letter) || letter is '-' or ':') && _name.Length < LongestName:
                    _name.Append(lower);
                    break;
                case State.Drawing:
                    Draw(letter);
                    break;
                default:
                    End(letter);
                    break;
            }
        }

        // The rest of a tag of a drawing: does it end in "/>"?
        private void Draw(char letter)
        {
            if (_quote != '\0')
            {
                _quote = letter == _quote ? '\0' : _quote;
            }
            else if (letter is '"' or '\'')
            {
                _quote = letter;
            }
            else if (letter == '>')
            {
                _depth -= _selfCloses ? 1 : 0;
                _drawing -= _selfCloses ? 1 : 0;
                _state = State.Text;
            }
            else
            {
                _selfCloses = letter == '/' || (_selfCloses && letter is ' ' or '\n' or '\r' or '\t');
            }
        }

        private void End(char letter)
        {
            string name = _name.ToString();
            bool draws = Drawn.Contains(name) && (_drawing > 0 || name is "svg" or "math");
            if (!Flat.Contains(name))
            {
                _depth = Math.Max(0, _depth + (_closes ? -1 : 1));
            }

            bool isTitle = name is "title" or "desc";
            int around = isTitle && !_closes ? _drawing : 0;
            // A title of nothing but text leaves the drawing's rules as they were.
            _drawing = isTitle && _closes ? _titled : !draws ? 0 : Math.Max(0, _drawing + (_closes ? -1 : 1));
            _titled = around;
            (_state, _selfCloses, _quote) = (letter == '<' ? State.Opened : State.Text, letter == '/', '\0');
            if (draws && !_closes && letter is not ('<' or '>'))
            {
                _state = State.Drawing;
            }

            _closes = false;
        }
    }
}
