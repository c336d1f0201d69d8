using System.Text.Json;
using System.Text.Json.Serialization;

namespace AiSaas.Contracts.Documents;

/// <summary>A passage of a document: GET <c>/api/documents/{id}/chunks</c>.</summary>
/// <param name="Start">Into the page's text, in UTF-16 code units.</param>
/// <param name="Section">The headings above it, outermost first, joined by ›.</param>
/// <param name="Text">What is searched and read: the page's own from start to end, unless it was edited.</param>
/// <param name="Header">Title › section, and a table's first row where its rows go on: searched with the text, never quoted.</param>
/// <param name="Language">A text search configuration of Postgres.</param>
/// <param name="Parent">Chunks of one number are neighbours of one section and read together; null where the document was cut before there were runs.</param>
/// <param name="Enabled">False: nothing finds it.</param>
/// <param name="Edited">Its text is not the page's own.</param>
/// <param name="Original">What stands on the page, where the text was edited.</param>
/// <param name="Revision">Counts changes; send it with a change to be told when somebody else was quicker.</param>
public sealed record DocumentChunk(
    Guid Id, int Ordinal, int Page, int Start, int End, string? Section, string Text, string? Header = null, int Tokens = 0,
    string? Language = null, int? Parent = null, bool Enabled = true, bool Edited = false, string? Original = null, int Revision = 0);

/// <summary>GET <c>/api/chunks/{id}</c>: the chunk where it stands.</summary>
/// <param name="Before">Its neighbours, nearest last.</param>
/// <param name="After">Its neighbours, nearest first.</param>
/// <param name="Boxes">Where it stands on the page; empty for formats without a page geometry.</param>
/// <param name="Changes">By people, newest first.</param>
public sealed record ChunkDetail(
    DocumentChunk Chunk, Guid DocumentId, Guid CollectionId, string DocumentName, IReadOnlyList<DocumentChunk> Before,
    IReadOnlyList<DocumentChunk> After, IReadOnlyList<PageBox> Boxes, IReadOnlyList<ChunkChange> Changes);

/// <param name="Kind">disabled, enabled, edited or reset.</param>
/// <param name="UserId">Null where that person is gone.</param>
/// <param name="By">The person's address.</param>
/// <param name="ByKey">It was a program with this person's key.</param>
public sealed record ChunkChange(string Kind, DateTimeOffset At, Guid? UserId, string? By, bool ByKey, string? Before, string? After);

/// <summary>PATCH <c>/api/chunks/{id}</c>. What is left out stays as it is.</summary>
public sealed record UpdateChunkRequest
{
    public bool? Enabled { get; init; }

    /// <summary>The corrected text; <c>null</c> puts the page's own back.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public JsonElement Text { get; init; }

    /// <summary>The revision that the change was made on; without it the last one wins.</summary>
    public int? Revision { get; init; }
}

/// <summary>A rectangle in points from the top left corner of the page.</summary>
public sealed record PageBox(double X, double Y, double Width, double Height);
