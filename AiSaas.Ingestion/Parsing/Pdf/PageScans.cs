namespace AiSaas.Ingestion.Parsing.Pdf;

/// <summary>One document's pages in order, those without words being read from their pictures meanwhile, several at once.</summary>
/// <remarks>A scan may bear a stamp in real letters ("Filed 3 May", "Scanned with …"): a page of few words is looked at as well, and counts as a
/// scan where its picture says far more. After two that don't, the document's others are believed: it is one of short pages.</remarks>
internal sealed class PageScans(ScanReader reader, string path, int most, CancellationToken cancellation) : IAsyncDisposable
{
    // Pages with words wait in memory for a scanned one before them; pages without cost nothing.
    private const int MostWaiting = 64;

    private const int FewWords = 15;
    private const int FarMore = 3;
    private const int MostDoubts = 2;

    private readonly CancellationTokenSource _leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    private readonly Queue<(bool HasWords, Task<PdfPage> Page)> _pages = [];
    private int _number;
    private int _waiting;
    private int _started;
    private double _confidence;
    private int _doubts;

    /// <summary>How many pages were read from their pictures.</summary>
    public int Read { get; private set; }

    /// <summary>0 to 1, over the pages read.</summary>
    public double Confidence => Read > 0 ? _confidence / Read : 0;

    public void Add(PdfPage page)
    {
        _number++;
        int words = Words(page);
        bool hasWords = words > 0;
        bool isDoubtful = words <= FewWords && Volatile.Read(ref _doubts) < MostDoubts;
        bool reads = (!hasWords || isDoubtful) && reader.IsInstalled && _started < most;
        _started += reads ? 1 : 0;
        _waiting += hasWords ? 1 : 0;
        _pages.Enqueue((hasWords, reads ? ReadAsync(page, _number) : Task.FromResult(page)));
    }

    /// <summary>Whether the next page should be taken before more are added.</summary>
    public bool IsReady(bool atEnd) =>
        _pages.TryPeek(out var next) && (atEnd || next.Page.IsCompleted || _waiting > MostWaiting);

    public async Task<PdfPage> TakeAsync()
    {
        var (hasWords, page) = _pages.Dequeue();
        _waiting -= hasWords ? 1 : 0;
        return await page;
    }

    public async ValueTask DisposeAsync()
    {
        await _leaving.CancelAsync();
        await ((Task)Task.WhenAll(_pages.Select(page => page.Page))).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _leaving.Dispose();
    }

    private async Task<PdfPage> ReadAsync(PdfPage page, int number)
    {
        int words = Words(page);
        if (await reader.ReadAsync(path, number, page, _leaving.Token) is not { } read || (words > 0 && Words(read.Page) < (words + FewWords) * FarMore / 2))
        {
            _ = words > 0 ? Interlocked.Increment(ref _doubts) : 0;
            return page;
        }

        lock (_leaving)
        {
            Read++;
            _confidence += read.Confidence;
        }

        return read.Page;
    }

    private static int Words(PdfPage page) => page.Lines.Sum(line => line.Words.Count);
}
