namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>Poppler's output with the characters blanked that XML forbids, which fonts without a proper encoding yield.</summary>
internal sealed class CleanXmlReader(TextReader inner, long limit, CancellationToken cancellation) : TextReader
{
    private long _read;

    public override int Read(char[] buffer, int index, int count) => Clean(buffer.AsSpan(index, inner.Read(buffer, index, count)));

    public override async Task<int> ReadAsync(char[] buffer, int index, int count) =>
        await ReadAsync(buffer.AsMemory(index, count), cancellation);

    public override async ValueTask<int> ReadAsync(Memory<char> buffer, CancellationToken cancellationToken = default)
    {
        // XmlReader passes no token.
        int read = await inner.ReadAsync(buffer, cancellation);
        return Clean(buffer.Span[..read]);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Clean(Span<char> text)
    {
        _read += text.Length;
        if (_read > limit)
        {
            throw DocumentFaultException.TooMuch("This PDF holds more text than a document may have. Split it into several.");
        }

        foreach (ref char letter in text)
        {
            if ((letter < ' ' && letter is not ('\n' or '\r' or '\t')) || letter is '\uFFFE' or '\uFFFF')
            {
                letter = ' ';
            }
        }

        return text.Length;
    }
}
