namespace AiSaas.Ingestion.Chunking;

/// <summary>A passage: exactly the page's text from <paramref name="Start"/> to <paramref name="End"/>.</summary>
/// <param name="Section">The headings above it, outermost first, joined by ›; null where there are none.</param>
/// <param name="Header">Title › section, and a table's first row where its rows go on here.</param>
/// <param name="Tokens">As the tokenizer counts them, and at least what the script comes to: it may not know the script.</param>
/// <param name="Language">A text search configuration of Postgres.</param>
/// <param name="Parent">The ordinal of the first passage of the run that this one is read in.</param>
internal sealed record TextChunk(
    int Ordinal, int Page, int Start, int End, string? Section, string Header, string Text, int Tokens, string Language, int Parent);
