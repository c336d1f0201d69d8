using AiSaas.Core.Documents;
using AiSaas.Ingestion.Parsing;
using AiSaas.Llm.Text;

namespace AiSaas.Ingestion.Chunking;

/// <summary>Cuts pages into passages along their structure.</summary>
/// <remarks>
/// 1. A heading opens a passage, unless the passage so far is nothing but headings.
/// 2. Paragraphs, list items and table rows fill it up to the target; none of them is cut if it fits into a passage.
///    A list, a table or code stays whole where it fits, with the line that leads to it.
/// 3. What does not fit is cut after a sentence, a line, a word, in this order of preference; code after a line.
/// 4. A short rest joins its neighbour of the same section. Passages never cross pages.
/// 5. Headings at the foot of a page are no passage where what they announce follows on the next: its passages carry them above.
/// Tables of contents make no passages.
/// Fed page by page, it holds one page and the open headings. <see cref="End"/> gives what was held back.
/// </remarks>
internal sealed class Chunker(string title, ChunkingOptions options, ITokenCounter tokens)
{
    private readonly SectionPath _path = new(title);
    private readonly LanguageGuess _language = new();
    private readonly ParentRuns _parents = new(options.Parent);
    private readonly PageMeasure _measure = new();
    private readonly TableHead _table = new();
    private readonly List<Draft> _drafts = [];
    private Held? _held;
    private Draft? _open;
    private int _ordinal;

    /// <summary>The passages of the next page, and what was held back of the one before where it turns out to be one.</summary>
    /// <param name="openings">Sections of the document's outline that begin on this page without a heading of their own.</param>
    public IReadOnlyList<TextChunk> Next(int page, string text, IReadOnlyList<PageBlock> blocks, IReadOnlyList<SectionOpening>? openings = null)
    {
        if (blocks.Count == 0 && openings is null or [])
        {
            return [];
        }

        string language = _language.Of(text);
        _measure.Take(text);
        _table.Turn(text, blocks);
        _drafts.Clear();
        _open = null;
        bool announced = _held is { } held && (blocks is not [{ Kind: BlockKind.Heading } first, ..] || first.Level > held.Level);
        int opened = 0;
        for (int i = 0; i < blocks.Count;)
        {
            opened = Enter(openings, opened, upTo: blocks[i].Start);
            if (blocks[i].Kind == BlockKind.Contents)
            {
                Close();
                i++;
            }
            else if (blocks[i].Kind == BlockKind.Heading)
            {
                Open(text, blocks[i++]);
            }
            else
            {
                i = FillFrom(text, blocks, i);
            }
        }

        bool headingsOnly = _open is { HasBody: false };
        Close();
        _ = Enter(openings, opened, upTo: int.MaxValue);
        var drafts = Merged().Where(draft => !IsContents(text, draft)).ToList();
        List<TextChunk> chunks = announced ? [] : [.. End()];
        _held = null;
        if (headingsOnly && drafts is [.., { HasBody: false } last])
        {
            drafts.RemoveAt(drafts.Count - 1);
            chunks.AddRange(drafts.Select(draft => Finish(page, text, draft, language)));
            _held = new(page, text[last.Start..last.End], last, language, _path.Level);
        }
        else
        {
            chunks.AddRange(drafts.Select(draft => Finish(page, text, draft, language)));
        }

        return chunks;
    }

    /// <summary>What was held back, after the last page.</summary>
    public IReadOnlyList<TextChunk> End()
    {
        var held = _held;
        _held = null;
        return held is null ? [] : [Finish(held.Page, held.Draft, held.Text, held.Language)];
    }

    private int Enter(IReadOnlyList<SectionOpening>? openings, int from, int upTo)
    {
        for (; from < openings?.Count && openings[from].Start <= upTo; from++)
        {
            // What stands before it belongs to the section before.
            Close();
            _path.Enter(openings[from].Level, openings[from].Title);
        }

        return from;
    }

    private void Open(string text, PageBlock heading)
    {
        _ = _table.Next(text, heading);
        if (_open is { HasBody: true })
        {
            Close();
        }

        _path.Enter(heading.Level, text.AsSpan(heading.Start, heading.End - heading.Start));
        foreach (var (start, end) in Pieces(text, heading, heading.Start))
        {
            if (_open is not null && _measure.Of(_open.Start, end) > options.Most)
            {
                Close();
            }

            _open = _open is null
                ? new Draft(start, end, _path.Section, _path.Header, _path.Path, HasBody: false, StartsWithHeading: true)
                : _open with { End = end, Section = _path.Section, Header = _path.Header, Path = _path.Path };
        }
    }

    /// <summary>Takes the block and what belongs with it.</summary>
    /// <returns>The next block to take.</returns>
    private int FillFrom(string text, IReadOnlyList<PageBlock> blocks, int first)
    {
        int next = BlockGroups.End(text, blocks, first);
        int size = _measure.Of(blocks[first].Start, blocks[next - 1].End);
        if (next - first > 1 && size > options.Most)
        {
            // Too long to stay whole: a table's head at least with its first row, the rest as it comes.
            next = Math.Min(next, first + (blocks[first].Kind == BlockKind.TableRow ? 2 : 1));
            size = _measure.Of(blocks[first].Start, blocks[next - 1].End);
        }

        bool isFull = _open is { HasBody: true } filled && _measure.Of(filled.Start, filled.End) >= options.Target;
        bool bursts = _open is { HasBody: true } open && _measure.Of(open.Start, blocks[next - 1].End) > options.Most
            && _measure.Of(open.Start, open.End) >= options.Least && size <= options.Most;
        if (isFull || bursts)
        {
            Close();
        }

        bool whole = next - first > 1 && _measure.Of(_open?.Start ?? blocks[first].Start, blocks[next - 1].End) <= options.Most;
        for (int i = first; i < next; i++)
        {
            Fill(text, blocks[i], whole);
        }

        return next;
    }

    private void Fill(string text, PageBlock block, bool stays)
    {
        string? tableHead = _table.Next(text, block);
        // Under a heading that opens a passage there is less room.
        foreach (var (start, end) in Pieces(text, block, _open is { HasBody: false } open ? open.Start : block.Start))
        {
            bool full = !stays && _open is { HasBody: true } filled && _measure.Of(filled.Start, filled.End) >= options.Target;
            if (full || (_open is not null && _measure.Of(_open.Start, end) > options.Most))
            {
                Close();
            }

            _open = _open is null
                ? new Draft(
                    start, end, _path.Section, tableHead is null ? _path.Header : $"{_path.Header}{SectionPath.Separator}{tableHead}",
                    _path.Path, HasBody: true, StartsWithHeading: false)
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
            if (merged is [.., var last] && !draft.StartsWithHeading && draft.Path.AsSpan().SequenceEqual(last.Path)
                && _measure.Of(draft.Start, draft.End) < options.Least && _measure.Of(last.Start, draft.End) <= options.Most)
            {
                merged[^1] = last with { End = draft.End, HasBody = true };
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
            int room = Math.Max(_measure.Reach(opened, options.Target), _measure.Reach(start, options.Target / 4));
            int cut = _measure.Of(opened, block.End) <= options.Most
                ? block.End
                : TextCuts.Before(text, start, Math.Clamp(room, start + 1, block.End), byLines: block.Kind == BlockKind.Code);
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
        if (draft.Section?.Split(SectionPath.Separator).Any(SectionPath.Contents.Contains) != true)
        {
            return false;
        }

        string[] lines = text[draft.Start..draft.End].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return !draft.HasBody || lines.Count(line => char.IsDigit(line[^1])) * 3 >= lines.Length;
    }

    private TextChunk Finish(int page, string text, Draft draft, string language) =>
        Finish(page, draft, text[draft.Start..draft.End], language);

    private TextChunk Finish(int page, Draft draft, string passage, string language)
    {
        int estimate = TokenEstimate.Of(passage);
        int ordinal = _ordinal++;
        return new TextChunk(
            ordinal, page, draft.Start, draft.End, draft.Section, draft.Header, passage, Math.Max(tokens.CountTokens(passage), estimate),
            language, _parents.Of(ordinal, draft.Path, estimate));
    }

    private sealed record Draft(int Start, int End, string? Section, string Header, int[] Path, bool HasBody, bool StartsWithHeading);

    private sealed record Held(int Page, string Text, Draft Draft, string Language, int Level);
}
