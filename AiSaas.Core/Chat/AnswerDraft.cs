using System.Text;
using AiSaas.Contracts.Chat;
using AiSaas.Core.Retrieval;
using AiSaas.Core.Runs.Parts;

namespace AiSaas.Core.Chat;

/// <summary>An answer while it grows: its text, and the citations checked so far.</summary>
/// <param name="passages">What was read for it, numbered as the text cites them.</param>
/// <param name="pages">Where their words stand; null leaves citations without boxes.</param>
public sealed class AnswerDraft(IReadOnlyList<Passage> passages, PassagePages? pages = null)
{
    private readonly StringBuilder _text = new();
    private readonly List<Citation> _citations = [];
    private readonly CitationMarkers _markers = new(passages.Count);

    public string Text => _text.ToString();

    public bool IsEmpty => _text.Length == 0;

    public IReadOnlyList<Citation> Citations => _citations;

    /// <summary>What was read and not cited, best first.</summary>
    public IReadOnlyList<FoundPassage> AlsoFound =>
        [.. passages.Where((_, index) => _citations.TrueForAll(citation => citation.Number != index + 1)).Select(passage => new FoundPassage(
            passage.DocumentId.Value, passage.CollectionId.Value, passage.ChunkId.Value, passage.DocumentName, passage.Section,
            passage.Page, passage.Start, passage.End, passage.Text, passage.Score))];

    /// <summary>How far the text rests on its sources; null where there is no text.</summary>
    /// <param name="question">As it was asked: quoting it is no quote of a source.</param>
    /// <param name="answered">What the model itself says; null where it doesn't.</param>
    public AnswerGrounding? Ground(string question, bool? answered) =>
        GroundingCheck.Of(Text, question, passages, _citations, answered);

    /// <summary>Takes the next piece of text and gives the parts that tell readers of it.</summary>
    public IEnumerable<StreamPart> Add(string delta)
    {
        _text.Append(delta);
        yield return new TextDeltaPart(AnswerText.PartId, delta);
        foreach (var cited in _markers.Read(delta))
        {
            var citation = CitationChecker.Check(cited, passages[cited.Number - 1], pages);
            _citations.Add(citation);
            yield return CitationPart.Of(citation, _citations.Count - 1);
        }
    }

    /// <summary>The parts that tell readers what was read, numbered as the text will cite it.</summary>
    public IEnumerable<StreamPart> Sources() => passages.Select((passage, index) => new SourceDocumentPart(
        passage.ChunkId.ToString(), "text/plain", passage.DocumentName, passage.DocumentName,
        new SourceMetadata(new SourcePassage(
            index + 1, passage.DocumentId.Value, passage.CollectionId.Value, passage.ChunkId.Value, passage.DocumentName,
            passage.Section, passage.Page, passage.Start, passage.End, passage.Text, passage.Score))));
}
