namespace AiSaas.Ingestion.Chunking;

/// <summary>Gathers neighbouring passages into the runs that a model reads them in.</summary>
/// <remarks>
/// A run begins in some section and holds passages of it and of sections below it: no heading of the same or a higher level is
/// crossed, pages are. A subsection that begins when the run is half full begins a run of its own rather than being torn.
/// </remarks>
internal sealed class ParentRuns(int most)
{
    // A reader of one passage reads its whole run from Postgres.
    public const int MostPassages = 32;

    private int _first;
    private int _tokens;
    private int[] _section = [];
    private int[] _last = [];

    /// <param name="ordinal">Of the passage; they come in order.</param>
    /// <param name="path">The open headings as <see cref="SectionPath.Path"/> has them.</param>
    /// <param name="tokens">The passage's.</param>
    /// <returns>The ordinal of the run's first passage.</returns>
    public int Of(int ordinal, int[] path, int tokens)
    {
        bool enters = !path.AsSpan().SequenceEqual(_last);
        bool goesOn = _section.Length > 0 && IsInside(path) && ordinal - _first < MostPassages && _tokens + tokens <= most
            && !(enters && _tokens * 2 >= most);
        if (!goesOn)
        {
            (_first, _tokens, _section) = (ordinal, 0, path);
        }

        _tokens += tokens;
        _last = path;
        return _first;
    }

    // What stands above the first heading is no section: what follows it isn't below it.
    private bool IsInside(int[] path) =>
        _section.Length == 1 ? path.AsSpan().SequenceEqual(_section) : path.AsSpan().StartsWith(_section);
}
