using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing;
using AiSaas.Llm.Text;

namespace AiSaas.Ingestion.Chunking;

/// <summary>Cuts pages into passages along their structure.</summary>
/// <remarks>
/// 1. A heading opens a passage, unless the passage so far is nothing but headings.
/// 2. Paragraphs, list items and table rows fill it up to the target; none of them is cut if it fits into a passage.
/// 3. What does not fit is cut after a line, a sentence, a word, in this order of preference.
/// 4. A short rest joins its neighbour of the same section. Passages never cross pages.
/// Tables of contents make no passages.
/// Fed page by page, it holds one page and the open headings.
/// </remarks>
internal sealed class Chunker(string title, ChunkingOptions options, ITokenCounter tokens)
{
    private static readonly HashSet<string> Contents = new(StringComparer.OrdinalIgnoreCase) { "contents", "table of contents" };

    private readonly SectionPath _path = new(title);
    private readonly LanguageGuess _language = new();
    private readonly List<Draft> _drafts = [];
    private Draft? _open;
    private int _ordinal;

    /// <summary>The passages of the next page.</summary>
    public IReadOnlyList<TextChunk> Next(int page, string text, IReadOnlyList<PageBlock> blocks)
    {
        string language = _language.Of(text);
        _drafts.Clear();
        _open = null;
        string? tableHead = null;
        for (int i = 0; i < blocks.Count; i++)
        {
            var block = blocks[i];
            bool isRow = block.Kind == BlockKind.TableRow;
            tableHead = !isRow ? null : i > 0 && blocks[i - 1].Kind == BlockKind.TableRow ? tableHead : text[block.Start..block.End];
            if (block.Kind == BlockKind.Heading)
            {
                Open(text, block);
            }
            else
            {
                Fill(text, block, isRow && text.AsSpan(block.Start, block.End - block.Start) is var row && !row.SequenceEqual(tableHead) ? tableHead : null);
            }
        }

        Close();
        return [.. Merged().Where(draft => !IsContents(text, draft)).Select(draft => Finish(page, text, draft, language))];
    }

    private void Open(string text, PageBlock heading)
    {
        if (_open is { HasBody: true })
        {
            Close();
        }

        _path.Enter(heading.Level, text.AsSpan(heading.Start, heading.End - heading.Start));
        foreach (var (start, end) in Pieces(text, heading, heading.Start))
        {
            if (_open is not null && end - _open.Start > options.Most)
            {
                Close();
            }

            _open = _open is null
                ? new Draft(start, end, _path.Section, _path.Header, HasBody: false, StartsWithHeading: true)
                : _open with { End = end, Section = _path.Section, Header = _path.Header };
        }
    }

    private void Fill(string text, PageBlock block, string? tableHead)
    {
        // Under a heading that opens a passage there is less room.
        foreach (var (start, end) in Pieces(text, block, _open is { HasBody: false } open ? open.Start : block.Start))
        {
            bool full = _open is { HasBody: true } filled && filled.End - filled.Start >= options.Target;
            if (full || (_open is not null && end - _open.Start > options.Most))
            {
                Close();
            }

            string header = tableHead is { Length: <= 200 } ? $"{_path.Header}{SectionPath.Separator}{tableHead}" : _path.Header;
            _open = _open is null
                ? new Draft(start, end, _path.Section, header, HasBody: true, StartsWithHeading: false)
                : _open with { End = end, HasBody = true };
        }
    }

    private void Close()
    {
        if (_open is not null)
        {
            _drafts.Add(_open);
            _open = null;
        }
    }

    private List<Draft> Merged()
    {
        List<Draft> merged = [];
        foreach (var draft in _drafts)
        {
            if (merged is [.., var last] && !draft.StartsWithHeading && draft.Section == last.Section
                && draft.End - draft.Start < options.Least && draft.End - last.Start <= options.Most)
            {
                merged[^1] = last with { End = draft.End };
            }
            else
            {
                merged.Add(draft);
            }
        }

        return merged;
    }

    /// <summary>The block, or what it must be cut into; without white space at the edges.</summary>
    /// <param name="opened">Where the passage starts that the first piece should fit into.</param>
    private IEnumerable<(int Start, int End)> Pieces(string text, PageBlock block, int opened)
    {
        int start = block.Start;
        while (start < block.End)
        {
            int room = Math.Max(opened + options.Target, start + (options.Target / 4));
            int cut = block.End - opened <= options.Most ? block.End : TextCuts.Before(text, start, Math.Min(room, block.End));
            int end = cut;
            while (start < end && char.IsWhiteSpace(text[start]))
            {
                start++;
            }

            while (end > start && char.IsWhiteSpace(text[end - 1]))
            {
                end--;
            }

            if (end > start)
            {
                yield return (start, end);
            }

            start = opened = cut;
        }
    }

    // A table of contents repeats the headings, and would be found in the place of what they announce.
    private static bool IsContents(string text, Draft draft)
    {
        string? root = draft.Section?.Split(SectionPath.Separator)[0];
        if (root is null || !Contents.Contains(root))
        {
            return false;
        }

        string[] lines = text[draft.Start..draft.End].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Count(line => char.IsDigit(line[^1])) * 3 >= lines.Length;
    }

    private TextChunk Finish(int page, string text, Draft draft, string language)
    {
        string passage = text[draft.Start..draft.End];
        return new TextChunk(
            _ordinal++, page, draft.Start, draft.End, draft.Section, draft.Header, passage, tokens.CountTokens(passage), language);
    }

    private sealed record Draft(int Start, int End, string? Section, string Header, bool HasBody, bool StartsWithHeading);
}
