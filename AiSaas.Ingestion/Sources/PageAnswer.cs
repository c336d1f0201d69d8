using AiSaas.Contracts.Common;
using AiSaas.Core.Sources;

namespace AiSaas.Ingestion.Sources;

/// <summary>How a page answered. A closed type.</summary>
internal abstract record PageAnswer
{
    private PageAnswer()
    {
    }

    /// <summary>As it was the last time (304).</summary>
    public sealed record Unchanged : PageAnswer;

    /// <summary>Its content, stored and not yet anybody's.</summary>
    /// <param name="Url">Where it came from in the end.</param>
    /// <param name="Html">Its start, where it is HTML; null where not.</param>
    /// <param name="NoFollow">The server says that its links are not to be followed.</param>
    public sealed record Content(StoredPage Page, Uri Url, string? ETag, string? LastModified, byte[]? Html, bool NoFollow) : PageAnswer;

    /// <summary>It is elsewhere.</summary>
    public sealed record Moved(Uri To) : PageAnswer;

    /// <summary>It is no longer there, says the server (404, 410).</summary>
    public sealed record Gone(Failure Failure) : PageAnswer;

    /// <summary>Nothing to read, and asking again soon is useless.</summary>
    public sealed record Refused(Failure Failure) : PageAnswer;

    /// <summary>It may be better later.</summary>
    /// <param name="After">As the server asks; then the whole site is left alone for so long.</param>
    public sealed record Trouble(Failure Failure, TimeSpan? After) : PageAnswer;
}
