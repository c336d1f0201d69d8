namespace AiSaas.Web.Components.Evidence;

/// <summary>Where evidence is found; Scripts/evidence/citation.ts builds the same addresses while an answer streams.</summary>
internal static class EvidenceLinks
{
    /// <summary>The document's page with the passage marked: works without scripts.</summary>
    public static string Passage(Guid document, int page, int start, int end) =>
        FormattableString.Invariant($"/documents/{document}?page={page}&start={start}&end={end}");

    /// <summary>The same page alone, as a fragment for the panel.</summary>
    public static string Fragment(Guid document, int page, int start, int end) =>
        FormattableString.Invariant($"/evidence/{document}/pages/{page}?start={start}&end={end}");

    /// <summary>The file as it was uploaded; PDF viewers follow the page.</summary>
    public static string Original(Guid document, int page) =>
        FormattableString.Invariant($"/api/documents/{document}/file#page={page}");
}
